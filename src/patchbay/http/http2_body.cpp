#include "patchbay/http/http2_body.hpp"

#include <algorithm>
#include <cstring>

#include "patchbay/net/loop.hpp"

namespace patchbay {

void Http2Body::begin(std::int32_t stream, std::optional<std::uint64_t> size) {
  stream_ = stream;
  size_ = size;
}

Task<Result<std::size_t>> Http2Body::read(std::span<std::byte> into, Deadline deadline) {
  for (;;) {
    if (fault_) co_return *fault_;
    if (taken_ < waiting_.size()) co_return take(into);
    if (ended_ || into.empty()) co_return 0;
    owner_.body_awaited(stream_);
    const Instant since = Loop::current().now();
    const Instant limit = since + patience_.left();
    changed_.reset();
    const auto changed = co_await changed_.wait(deadline.or_earlier(Deadline(limit)));
    const Instant now = Loop::current().now();
    // What passes beyond the limit this server has slept, and what came meanwhile is in time.
    patience_.wait(std::min(now, limit) - since);
    if (changed) continue;
    const bool ran_out = changed.error().fault() == Fault::timed_out && now >= limit;
    if (ran_out && (taken_ < waiting_.size() || ended_)) {
      patience_.pay(waiting_.size() - taken_);
      continue;
    }
    if (ran_out) {
      fault_ = changed.error().because("the client sends too slowly");
      co_return *fault_;
    }
    co_return changed.error();
  }
}

std::size_t Http2Body::take(std::span<std::byte> into) {
  const std::size_t bytes = std::min(into.size(), waiting_.size() - taken_);
  if (bytes == 0) return 0;
  std::memcpy(into.data(), waiting_.data() + taken_, bytes);
  taken_ += bytes;
  if (taken_ == waiting_.size()) {
    waiting_.clear();
    taken_ = 0;
  }
  owner_.body_taken(stream_, bytes);
  return bytes;
}

bool Http2Body::add(std::string_view bytes) {
  patience_.pay(bytes.size());
  if (fault_) return false;
  if (taken_ > waiting_.size() / 2) {
    waiting_.erase(0, taken_);
    taken_ = 0;
  }
  waiting_ += bytes;
  changed_.set();
  return true;
}

void Http2Body::end() {
  ended_ = true;
  changed_.set();
}

std::size_t Http2Body::discard(const Error& error) {
  if (!fault_) fault_ = error;
  const std::size_t bytes = waiting_.size() - taken_;
  std::string().swap(waiting_);
  taken_ = 0;
  changed_.set();
  return bytes;
}

}  // namespace patchbay
