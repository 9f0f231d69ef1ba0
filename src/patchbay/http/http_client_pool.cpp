#include "patchbay/http/http_client_pool.hpp"

#include <functional>
#include <iterator>

#include "patchbay/net/loop.hpp"

namespace patchbay {

std::unique_ptr<HttpClientConnection> HttpClientPool::take(const HttpUrl& origin) {
  sweep();
  for (auto next = kept_.end(); next != kept_.begin();) {
    const auto kept = std::prev(next);
    if (!kept->connection->origin().same_origin(origin)) {
      next = kept;
      continue;
    }
    auto connection = std::move(kept->connection);
    next = kept_.erase(kept);
    if (connection->is_quiet()) return connection;
  }
  return nullptr;
}

Instant HttpClientPool::sweep() {
  const Instant oldest = Loop::current().now() - kept_for_;
  std::erase_if(kept_, [&](const Kept& kept) { return kept.since <= oldest; });
  return kept_.empty() ? Instant::max() : kept_.front().since + kept_for_;
}

void HttpClientPool::give_back(std::unique_ptr<HttpClientConnection> connection) {
  if (!connection || most_ == 0 || !connection->reusable()) return;
  if (kept_.size() == most_) kept_.pop_front();
  kept_.emplace_back(std::move(connection), Loop::current().now());
  added_.set();
  if (alarm_ && sweep() < alarm_->at) alarm_->earlier.set();
}

// --- watching ------------------------------------------------------------------------------------

Task<Result<>> HttpClientPool::watch() {
  co_return co_await with_group(watch_all, std::ref(*this));
}

Task<Result<>> HttpClientPool::watch_all(TaskGroup& group, HttpClientPool& pool) {
  for (;;) {
    pool.added_.reset();
    // A child that finds the end at once takes its connection out of the list.
    for (auto next = pool.kept_.begin(); next != pool.kept_.end();) {
      const Kept& kept = *next++;
      if (kept.left.use_count() > 1) continue;
      const Stream& stream = kept.connection->stream();
      group.spawn(watch_one, std::ref(pool), std::ref(stream.port()), stream.handle(), kept.left);
    }
    if (const auto added = co_await pool.added_.wait(); !added) co_return added;
  }
}

// Nothing is read by this, and the connection may be taken and used meanwhile.
Task<> HttpClientPool::watch_one(HttpClientPool& pool, Port& port, int handle,
                                 std::shared_ptr<Event> left) {
  const auto ended = co_await either(wait_for_end(port, handle), wait_to_leave(left));
  if (left->is_set() || !ended) co_return;
  std::erase_if(pool.kept_, [&](const Kept& kept) { return kept.left == left; });
}

Task<Result<>> HttpClientPool::wait_for_end(Port& port, int handle) {
  co_return co_await WaitForEndOp(OpKind::wait_end, &port, handle, {});
}

Task<Result<>> HttpClientPool::wait_to_leave(std::shared_ptr<Event> left) {
  co_return co_await left->wait();
}

}  // namespace patchbay
