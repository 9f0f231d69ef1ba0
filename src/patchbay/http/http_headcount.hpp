// HttpHeadcount: how many clients a server has, in all and of each address, on all of its loops
// together.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <map>
#include <mutex>

#include "patchbay/net/address.hpp"

namespace patchbay {

// Thread-safe. It knows an address for as long as it has a client, so it holds no more of them than
// there are connections.
class HttpHeadcount {
 public:
  void enter() { ++all_; }
  void leave() { --all_; }
  std::size_t all() const { return all_; }

  // One more of this address (of IPv6, of its /64). False, and none more, when `most` are here
  // already.
  bool enter(const IpAddress& address, std::size_t most);
  void leave(const IpAddress& address);
  std::size_t addresses() const;

 private:
  // Addresses share a lock with few others, so that loops seldom wait for each other.
  struct Shard {
    mutable std::mutex mutex;
    std::map<IpAddress, std::size_t> clients;
  };
  Shard& shard_of(const IpAddress& network);

  std::atomic<std::size_t> all_ = 0;
  std::array<Shard, 16> shards_;
};

}  // namespace patchbay
