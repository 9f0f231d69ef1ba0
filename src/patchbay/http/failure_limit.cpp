#include "patchbay/http/failure_limit.hpp"

#include <algorithm>

#include "patchbay/http/client_network.hpp"

namespace patchbay {

bool FailureLimit::may_try(const IpAddress& address, Instant now, Duration& wait) const {
  const auto found = windows_.find(client_network(address));
  if (found == windows_.end() || found->second.failures < options_.failures) return true;
  const Duration left = found->second.began + options_.window - now;
  if (left <= Duration::zero()) return true;
  wait = left;
  return false;
}

void FailureLimit::failed(const IpAddress& address, Instant now) {
  Window& window = windows_[client_network(address)];
  if (window.failures == 0 || now - window.began >= options_.window) window = {.began = now};
  ++window.failures;
  if (windows_.size() > options_.addresses) make_room(now);
}

void FailureLimit::forgive(const IpAddress& address) {
  const auto found = windows_.find(client_network(address));
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
