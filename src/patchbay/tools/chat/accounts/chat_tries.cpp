#include "patchbay/tools/chat/accounts/chat_tries.hpp"

#include <algorithm>

namespace patchbay {

bool ChatTries::may_try(const std::string& name, Instant now) const {
  const auto found = windows_.find(name);
  return found == windows_.end() || found->second.failures < options_.failures ||
         now - found->second.began >= options_.window;
}

void ChatTries::failed(const std::string& name, Instant now) {
  Window& window = windows_[name];
  if (window.failures == 0 || now - window.began >= options_.window) window = {.began = now};
  ++window.failures;
  if (windows_.size() > options_.names) make_room(now);
}

void ChatTries::forgive(const std::string& name) {
  const auto found = windows_.find(name);
  if (found != windows_.end() && --found->second.failures == 0) windows_.erase(found);
}

// Those whose time is over go; if there are none, the one that began first.
void ChatTries::make_room(Instant now) {
  const auto over = std::erase_if(
      windows_, [&](const auto& entry) { return now - entry.second.began >= options_.window; });
  if (over > 0) return;
  windows_.erase(
      std::ranges::min_element(windows_, {}, [](const auto& entry) { return entry.second.began; }));
}

}  // namespace patchbay
