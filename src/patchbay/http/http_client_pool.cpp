#include "patchbay/http/http_client_pool.hpp"

#include <algorithm>

#include "patchbay/net/loop.hpp"

namespace patchbay {

std::unique_ptr<HttpClientConnection> HttpClientPool::take(const HttpUrl& origin) {
  sweep();
  for (std::size_t i = kept_.size(); i-- > 0;) {
    if (!kept_[i].connection->origin().same_origin(origin)) continue;
    auto connection = std::move(kept_[i].connection);
    kept_.erase(kept_.begin() + static_cast<std::ptrdiff_t>(i));
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
  if (kept_.size() == most_) kept_.erase(kept_.begin());
  kept_.push_back({std::move(connection), Loop::current().now()});
  if (alarm_ && sweep() < alarm_->at) alarm_->earlier.set();
}

}  // namespace patchbay
