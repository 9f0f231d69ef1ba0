#include "patchbay/http/http1_request_body.hpp"

#include <algorithm>
#include <cstring>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

std::optional<std::uint64_t> size_of(const HttpFraming& framing) {
  if (framing.kind == BodyKind::chunked) return std::nullopt;
  return framing.content_length;
}

}  // namespace

Http1RequestBody::Http1RequestBody(Http1Input& input, HttpOutput& output, const HttpLimits& limits,
                                   const Http1Request& head)
    : input_(input),
      output_(output),
      limits_(limits),
      body_(head.framing, limits.chunks),
      size_(size_of(head.framing)),
      owes_continue_(head.expects_continue),
      patience_(limits.grace, limits.least_rate) {}

Task<Result<std::size_t>> Http1RequestBody::read(std::span<std::byte> into, Deadline deadline) {
  while (piece_.empty()) {
    if (body_.ended()) co_return std::size_t{0};
    std::string_view bytes = input_.bytes();
    piece_ = body_.take(bytes);
    input_.keep_only(bytes);
    patience_.pay(piece_.size());
    if (body_.broken()) co_return Error(Fault::protocol, "read the body", body_.refusal().reason);
    if (!piece_.empty() || body_.ended()) continue;
    if (const auto fetched = co_await fetch(deadline); !fetched) co_return fetched.error();
  }
  const std::size_t count = std::min(piece_.size(), into.size());
  std::memcpy(into.data(), piece_.data(), count);
  piece_.remove_prefix(count);
  received_ += count;
  co_return count;
}

Task<bool> Http1RequestBody::give_leave() {
  if (!std::exchange(owes_continue_, false)) co_return true;
  if (!co_await output_.write(k_continue)) co_return false;
  co_return (co_await output_.flush()).has_value();
}

// The time that the handler takes is not the client's, nor is it what passes beyond the limit, for
// which this server has slept.
Task<Result<>> Http1RequestBody::fetch(Deadline deadline) {
  if (!co_await give_leave()) co_return Error(Fault::closed, "read the body");
  const Instant began = Loop::current().now();
  // The caller's own time is kept to, whatever has come.
  if (began >= deadline.at()) co_return Error(Fault::timed_out, "read the body");
  const Deadline due(began + patience_.left());
  const auto more = co_await input_.more(due.or_earlier(deadline));
  patience_.wait(std::min(Loop::current().now(), due.at()) - began);
  if (!more) co_return more.error();
  if (!*more) {
    co_return Error(Fault::closed, "read the body", "the client ended in the middle of it");
  }
  co_return ok();
}

Task<bool> Http1RequestBody::drain() {
  // A client that was not given leave to send sends nothing, or all of it: nobody can tell.
  if (owes_continue_) co_return false;
  std::byte sink[4096];
  for (std::uint64_t drained = 0; drained <= limits_.drained_bytes;) {
    if (size_ && *size_ - received_ > limits_.drained_bytes) co_return false;
    const auto got = co_await read(sink, Deadline::never());
    if (!got) co_return false;
    if (*got == 0) co_return true;
    drained += *got;
  }
  co_return false;
}

}  // namespace patchbay
