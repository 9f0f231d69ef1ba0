// FailureLimit: how often an address may get a password wrong.
#pragma once

#include <cstddef>
#include <map>

#include "patchbay/base/time.hpp"
#include "patchbay/net/address.hpp"

namespace patchbay {

struct FailureLimitOptions {
  unsigned failures = 10;          // within a window
  Duration window = 60s;           // from the first failure on; at its end all of them are forgiven
  std::size_t addresses = 10'000;  // remembered at a time; beyond, the oldest are forgotten
};

// IPv6 addresses count by their /64: one customer has them all.
class FailureLimit {
 public:
  explicit FailureLimit(FailureLimitOptions options = {}) : options_(options) {}

  // May it try? If not, `wait` is how long until it may.
  bool may_try(const IpAddress& address, Instant now, Duration& wait) const;
  void failed(const IpAddress& address, Instant now);
  // It was none after all: takes one back. Nothing happens where that is forgotten already.
  void forgive(const IpAddress& address);

 private:
  struct Window {
    Instant began{};
    unsigned failures = 0;
  };
  void make_room(Instant now);

  FailureLimitOptions options_;
  std::map<IpAddress, Window> windows_;
};

}  // namespace patchbay
