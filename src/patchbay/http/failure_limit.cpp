#include "patchbay/http/failure_limit.hpp"

#include <algorithm>

namespace patchbay {

namespace {

IpAddress network_of(const IpAddress& address) {
  if (address.is_v4()) return address;
  in6_addr v6{};
  std::copy_n(address.bytes().begin(), 8, v6.s6_addr);
  return IpAddress(v6);
}

}  // namespace

bool FailureLimit::may_try(const IpAddress& address, Instant now, Duration& wait) const {
  const auto found = windows_.find(network_of(address));
  if (found == windows_.end() || found->second.failures < options_.failures) return true;
  const Duration left = found->second.began + options_.window - now;
  if (left <= Duration::zero()) return true;
  wait = left;
  return false;
}

void FailureLimit::failed(const IpAddress& address, Instant now) {
  Window& window = windows_[network_of(address)];
  if (window.failures == 0 || now - window.began >= options_.window) window = {.began = now};
  ++window.failures;
  if (windows_.size() > options_.addresses) make_room(now);
}

void FailureLimit::forgive(const IpAddress& address) {
  const auto found = windows_.find(network_of(address));
  if (found != windows_.end() && --found->second.failures == 0) windows_.erase(found);
}

// Those whose time is over go; if there are none, the one that began first.
void FailureLimit::make_room(Instant now) {
  const auto over = std::erase_if(
      windows_, [&](const auto& entry) { return now - entry.second.began >= options_.window; });
  if (over > 0) return;
  windows_.erase(
      std::ranges::min_element(windows_, {}, [](const auto& entry) { return entry.second.began; }));
}

}  // namespace patchbay
