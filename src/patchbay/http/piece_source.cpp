#include "patchbay/http/piece_source.hpp"

#include <algorithm>
#include <cstring>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

Task<Result<>> PieceSource::begin() {
  co_await make_one();
  if (!more_) co_return more_.error();
  if (!*more_) size_ = ready_.size();
  co_return ok();
}

Task<> PieceSource::make_one() {
  std::vector<std::function<void()>> works = work_beside();
  works.emplace_back([this] { more_ = make_piece(ready_); });
  co_await off_loop(std::move(works));
}

Task<Result<std::size_t>> PieceSource::read(std::span<std::byte> into, Deadline deadline) {
  const Scope& scope = co_await current_scope();
  while (ready_at_ == ready_.size()) {
    if (!more_) co_return more_.error();
    if (!*more_) co_return 0;
    if (scope.cancelled()) co_return Error(Fault::cancelled, operation_);
    if (deadline.at() <= Loop::current().now()) co_return Error(Fault::timed_out, operation_);
    ready_.clear();
    ready_at_ = 0;
    co_await make_one();
  }
  const std::size_t count = std::min(into.size(), ready_.size() - ready_at_);
  std::memcpy(into.data(), ready_.data() + ready_at_, count);
  ready_at_ += count;
  co_return count;
}

}  // namespace patchbay
