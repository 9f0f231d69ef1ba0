#include "patchbay/http/http_client_body.hpp"

#include <algorithm>

#include "patchbay/net/loop.hpp"

namespace patchbay {

Task<Result<std::size_t>> HttpClientBody::read(std::span<std::byte> into, Deadline deadline) {
  if (failure_) co_return *failure_;
  if (!from_) co_return std::size_t{0};
  const Deadline limit = deadline.or_earlier(terms_.deadline);
  const Instant began = Loop::current().now();
  const Deadline slowest = slowest_allowed();
  const auto got = co_await from_->read(into, limit.or_earlier(slowest));
  waited_ += Loop::current().now() - began;
  if (!got) {
    const bool slow = got.error().fault() == Fault::timed_out && slowest.at() < limit.at();
    failure_ = slow ? too_slow() : got.error();
    from_.reset();
    co_return *failure_;
  }
  read_bytes_ += *got;
  if (*got == 0) from_.reset();
  co_return *got;
}

Deadline HttpClientBody::slowest_allowed() const {
  if (terms_.least_rate == 0) return Deadline::never();
  constexpr std::uint64_t longest = 1'000'000'000;
  const std::chrono::seconds earned(std::min(read_bytes_ / terms_.least_rate, longest));
  return Deadline::after(terms_.grace + earned - waited_);
}

Error HttpClientBody::too_slow() const {
  return Error(Fault::timed_out, "read the whole answer of",
               "it comes slower than the least rate that is allowed", "allow a lower rate")
      .about(terms_.origin);
}

Task<Result<std::size_t>> Http1ClientBody::read(std::span<std::byte> into, Deadline deadline) {
  const auto got = co_await connection_->read_body(into, deadline);
  if (got && *got == 0) pool_->give_back(std::move(connection_));
  co_return got;
}

}  // namespace patchbay
