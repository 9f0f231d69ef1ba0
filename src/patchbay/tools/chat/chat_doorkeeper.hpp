// ChatDoorkeeper: who may come in at all: how many clients there are, in all and of each address,
// and how many of those have not said yet who they are. All doors of a chat ask the same one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <utility>

#include "patchbay/net/address.hpp"
#include "patchbay/tools/chat/chat_settings.hpp"

namespace patchbay {

// Of one loop; outlives its tickets. An IPv6 address counts for its /64, which one customer has as
// a whole. The limits of an address do not count for this host itself.
class ChatDoorkeeper {
  struct Household {
    std::size_t clients = 0;
    std::size_t waiting = 0;
  };
  using Households = std::map<IpAddress, Household>;

 public:
  ChatDoorkeeper();
  ChatDoorkeeper(const ChatDoorkeeper&) = delete;
  ChatDoorkeeper& operator=(const ChatDoorkeeper&) = delete;

  // A client's place, for as long as it is connected. At first it is one of those who wait.
  class Ticket {
   public:
    Ticket() = default;
    Ticket(Ticket&& other) noexcept
        : keeper_(std::exchange(other.keeper_, nullptr)),
          household_(other.household_),
          waits_(other.waits_) {}
    Ticket& operator=(Ticket&& other) noexcept {
      std::swap(keeper_, other.keeper_);
      std::swap(household_, other.household_);
      std::swap(waits_, other.waits_);
      return *this;
    }
    ~Ticket();

    // It has a name now. More than once does no harm.
    void come_in();

   private:
    friend class ChatDoorkeeper;
    Ticket(ChatDoorkeeper& keeper, Households::iterator household)
        : keeper_(&keeper), household_(household) {}

    ChatDoorkeeper* keeper_ = nullptr;
    Households::iterator household_ = {};
    bool waits_ = true;
  };

  // Or why not, in words for the client.
  std::expected<Ticket, const char*> admit(const IpAddress& address, const ChatLimits& limits);

  std::size_t clients() const { return clients_; }
  std::size_t waiting() const { return waiting_; }
  // Addresses with a client.
  std::size_t addresses() const { return households_.size(); }

  // What others are told of where a client is: its address, or a hash of it with a key that only
  // this process knows. Begins with no ':', so that it can stand in a line of IRC.
  std::string host_of(const IpAddress& address, bool shows_addresses) const;

 private:
  Households households_;
  std::size_t clients_ = 0;
  std::size_t waiting_ = 0;
  std::array<unsigned char, 16> key_;
};

}  // namespace patchbay
