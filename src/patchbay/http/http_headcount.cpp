#include "patchbay/http/http_headcount.hpp"

#include "patchbay/http/client_network.hpp"

namespace patchbay {

HttpHeadcount::Shard& HttpHeadcount::shard_of(const IpAddress& network) {
  std::size_t mixed = 0;
  for (const std::uint8_t byte : network.bytes()) mixed = mixed * 31 + byte;
  return shards_[mixed % shards_.size()];
}

bool HttpHeadcount::enter(const IpAddress& address, std::size_t most) {
  const IpAddress network = client_network(address);
  Shard& shard = shard_of(network);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.clients.find(network);
  if (found == shard.clients.end()) {
    if (most > 0) shard.clients[network] = 1;
    return most > 0;
  }
  if (found->second >= most) return false;
  ++found->second;
  return true;
}

void HttpHeadcount::leave(const IpAddress& address) {
  const IpAddress network = client_network(address);
  Shard& shard = shard_of(network);
  const std::lock_guard lock(shard.mutex);
  const auto found = shard.clients.find(network);
  if (found != shard.clients.end() && --found->second == 0) shard.clients.erase(found);
}

std::size_t HttpHeadcount::addresses() const {
  std::size_t sum = 0;
  for (const Shard& shard : shards_) {
    const std::lock_guard lock(shard.mutex);
    sum += shard.clients.size();
  }
  return sum;
}

}  // namespace patchbay
