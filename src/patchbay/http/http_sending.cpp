#include "patchbay/http/http_sending.hpp"

#include <span>
#include <utility>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/write_some.hpp"
#include "patchbay/wire/http1_body.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_piece = 64 * 1024;

}  // namespace

HttpSending::HttpSending(Stream& stream, const HttpOutgoing& request)
    : stream_(stream),
      head_(request.head),
      text_(request.text),
      source_(request.source),
      length_(request.length),
      unsent_(head_),
      moved_at_(Loop::current().now()) {}

Task<Result<>> HttpSending::go_on(Deadline deadline) {
  Result<> done = ok();
  while (done && !whole_) {
    done = unsent_.empty() ? co_await take_more(deadline) : co_await write(deadline);
  }
  failed_ = failed_ || (!done && done.error().fault() != Fault::cancelled);
  co_return done;
}

// What has left is forgotten at once: whoever goes on begins behind it.
Task<Result<>> HttpSending::write(Deadline deadline) {
  const auto sent = co_await write_some(stream_, std::as_bytes(std::span(unsent_)), deadline);
  if (!sent) co_return sent.error();
  unsent_.remove_prefix(*sent);
  moved_at_ = Loop::current().now();
  co_return ok();
}

Task<Result<>> HttpSending::take_more(Deadline deadline) {
  if (source_ != nullptr && !source_ended_) co_return co_await read_source(deadline);
  unsent_ = std::exchange(text_, {});
  whole_ = unsent_.empty();
  co_return ok();
}

Task<Result<>> HttpSending::read_source(Deadline deadline) {
  piece_.resize(k_piece);
  const auto got = co_await source_->read(std::as_writable_bytes(std::span(piece_)), deadline);
  if (!got) {
    if (got.error().fault() != Fault::cancelled) source_failure_ = got.error();
    co_return got.error();
  }
  moved_at_ = Loop::current().now();
  co_return frame(*got);
}

// So many bytes of the piece, or the end of the body.
Result<> HttpSending::frame(std::size_t bytes) {
  total_ += bytes;
  source_ended_ = bytes == 0;
  if (length_) {
    if (total_ > *length_ || (source_ended_ && total_ != *length_)) return not_as_long_as_told();
    unsent_ = std::string_view(piece_).substr(0, bytes);
    return ok();
  }
  // The last chunk is one without bytes, and without a trailer.
  chunk_ = chunk_head(bytes);
  chunk_.append(piece_, 0, bytes).append("\r\n");
  unsent_ = chunk_;
  return ok();
}

Error HttpSending::not_as_long_as_told() {
  return source_failure_.emplace(Fault::integrity, "send the body to",
                                 "it is not as long as it was to be",
                                 "check that nobody writes to it meanwhile");
}

}  // namespace patchbay
