#include "patchbay/tools/chat/chat_doorkeeper.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <cstring>

#include "patchbay/http/client_network.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

ChatDoorkeeper::ChatDoorkeeper() {
  static_assert(crypto_shorthash_KEYBYTES == 16);
  for (std::size_t i = 0; i < key_.size(); i += 8) {
    const std::uint64_t bits = Loop::current().random_bits();
    std::memcpy(key_.data() + i, &bits, 8);
  }
}

ChatDoorkeeper::Ticket::~Ticket() {
  if (keeper_ == nullptr) return;
  come_in();
  --keeper_->clients_;
  if (--household_->second.clients == 0) keeper_->households_.erase(household_);
}

void ChatDoorkeeper::Ticket::come_in() {
  if (keeper_ == nullptr || !waits_) return;
  waits_ = false;
  --keeper_->waiting_;
  --household_->second.waiting;
}

std::expected<ChatDoorkeeper::Ticket, const char*> ChatDoorkeeper::admit(const IpAddress& address,
                                                                         const ChatLimits& limits) {
  if (clients_ >= limits.clients) return std::unexpected("This server is full");
  const IpAddress network = client_network(address);
  const auto found = households_.find(network);
  if (found != households_.end() && !address.is_loopback()) {
    if (found->second.clients >= limits.clients_per_address) {
      return std::unexpected("Too many connections from your address");
    }
    if (found->second.waiting >= limits.waiting_per_address) {
      return std::unexpected("Too many connections from your address have no name yet");
    }
  }
  const auto household =
      found != households_.end() ? found : households_.try_emplace(network).first;
  ++clients_;
  ++waiting_;
  ++household->second.clients;
  ++household->second.waiting;
  return Ticket(*this, household);
}

std::string ChatDoorkeeper::host_of(const IpAddress& address, bool shows_addresses) const {
  if (shows_addresses) {
    std::string text = address.to_string();
    return text.starts_with(':') ? "0" + text : text;
  }
  const IpAddress network = client_network(address);
  const auto bytes = network.bytes();
  std::uint64_t hash = 0;
  crypto_shorthash(reinterpret_cast<unsigned char*>(&hash), bytes.data(), bytes.size(),
                   key_.data());
  return fmt::format("{:016x}.hidden", hash);
}

}  // namespace patchbay
