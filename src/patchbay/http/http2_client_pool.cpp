#include "patchbay/http/http2_client_pool.hpp"

#include <algorithm>

#include "patchbay/net/loop.hpp"

namespace patchbay {

std::shared_ptr<Http2ClientConnection> Http2ClientPool::find(const HttpUrl& origin,
                                                             bool only_busy) {
  tidy();
  for (const auto& connection : connections_) {
    if (!connection->origin().same_origin(origin) || !connection->takes_requests()) continue;
    if (only_busy && connection->open() == 0) continue;
    return connection;
  }
  return nullptr;
}

void Http2ClientPool::add(std::shared_ptr<Http2ClientConnection> connection) {
  if (most_ == 0) return;
  connections_.push_back(std::move(connection));
  tidy();
}

std::size_t Http2ClientPool::idle() {
  tidy();
  return static_cast<std::size_t>(
      std::ranges::count_if(connections_, [](const auto& one) { return one->open() == 0; }));
}

// Whoever still has an answer to read holds its connection by itself.
void Http2ClientPool::tidy() {
  const Instant oldest = Loop::current().now() - kept_for_;
  const auto is_idle = [](const auto& one) { return one->open() == 0 && !one->is_fresh(); };
  std::erase_if(connections_, [&](const auto& one) {
    return one->is_spent() || (is_idle(one) && one->idle_since() < oldest);
  });
  auto idle = static_cast<std::size_t>(std::ranges::count_if(connections_, is_idle));
  std::erase_if(connections_, [&](const auto& one) {
    if (idle <= most_ || !is_idle(one)) return false;
    --idle;
    return true;
  });
}

}  // namespace patchbay
