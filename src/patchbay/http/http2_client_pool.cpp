#include "patchbay/http/http2_client_pool.hpp"

#include <algorithm>

#include "patchbay/net/loop.hpp"

namespace patchbay {

std::shared_ptr<Http2ClientConnection> Http2ClientPool::find(const HttpUrl& origin,
                                                             bool only_heard) {
  tidy();
  for (const auto& connection : connections_) {
    if (!connection->origin().same_origin(origin) || !connection->takes_requests()) continue;
    if (only_heard && connection->open() == 0 && !connection->is_watched()) continue;
    return connection;
  }
  return nullptr;
}

void Http2ClientPool::add(std::shared_ptr<Http2ClientConnection> connection) {
  if (most_ == 0) return;
  connections_.push_back(std::move(connection));
  tidy();
  added_.set();
}

std::size_t Http2ClientPool::idle() {
  tidy();
  return static_cast<std::size_t>(
      std::ranges::count_if(connections_, [](const auto& one) { return one->open() == 0; }));
}

// --- watching ------------------------------------------------------------------------------------

Task<Result<>> Http2ClientPool::watch() {
  co_return co_await with_group(watch_all, std::ref(*this));
}

Task<Result<>> Http2ClientPool::watch_all(TaskGroup& group, Http2ClientPool& pool) {
  for (;;) {
    pool.added_.reset();
    for (auto all = pool.connections_; const auto& connection : all) {
      if (!connection->is_watched()) group.spawn(watch_one, std::ref(pool), connection);
    }
    if (const auto added = co_await pool.added_.wait(); !added) co_return added;
  }
}

Task<> Http2ClientPool::watch_one(Http2ClientPool& pool,
                                  std::shared_ptr<Http2ClientConnection> connection) {
  co_await connection->watch();
  pool.tidy();
}

// --- what is kept --------------------------------------------------------------------------------

// Whoever still has an answer to read holds its connection by itself; whoever watches one must be
// told that it is dropped.
void Http2ClientPool::tidy() {
  const Instant oldest = Loop::current().now() - kept_for_;
  const auto is_idle = [](const auto& one) { return one->open() == 0 && !one->is_fresh(); };
  std::erase_if(connections_, [&](const auto& one) {
    const bool is_old = is_idle(one) && one->idle_since() < oldest;
    if (is_old) one->close();
    return is_old || one->is_spent();
  });
  auto idle = static_cast<std::size_t>(std::ranges::count_if(connections_, is_idle));
  std::erase_if(connections_, [&](const auto& one) {
    if (idle <= most_ || !is_idle(one)) return false;
    --idle;
    one->close();
    return true;
  });
}

}  // namespace patchbay
