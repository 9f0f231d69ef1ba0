#include "patchbay/http/http_output.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

// Small pieces first: a slow reader is held to its rate by them, a fast one is soon past them.
constexpr std::uint64_t k_first_piece = 128 * 1024;
constexpr std::uint64_t k_largest_piece = 1024 * 1024;

std::uint64_t grown(std::uint64_t piece) { return std::min(piece * 2, k_largest_piece); }

// Would reading there wait for a disk? A file system that cannot say is taken at its word.
bool is_cold(int descriptor, std::uint64_t offset) {
  char byte;
  const iovec memory = {&byte, 1};
  return ::preadv2(descriptor, &memory, 1, static_cast<off_t>(offset), RWF_NOWAIT) < 0 &&
         errno == EAGAIN;
}

void warm_up(int descriptor, std::uint64_t offset, std::uint64_t length) {
  char sink[32 * 1024];
  while (length > 0) {
    const ssize_t got = ::pread(descriptor, sink, std::min<std::uint64_t>(length, sizeof(sink)),
                                static_cast<off_t>(offset));
    if (got <= 0) return;  // sending will say what is wrong
    offset += static_cast<std::uint64_t>(got);
    length -= static_cast<std::uint64_t>(got);
  }
}

}  // namespace

HttpOutput::~HttpOutput() { give_back(); }

void HttpOutput::give_back() {
  if (pool_ != nullptr) std::exchange(pool_, nullptr)->give_back(block_);
}

bool HttpOutput::take(std::string_view bytes) {
  if (pool_ == nullptr) {
    pool_ = &Loop::current().buffers();
    block_ = pool_->lend();
  }
  if (bytes.size() > block_.size - used_) return false;
  if (!bytes.empty()) std::memcpy(block_.data + used_, bytes.data(), bytes.size());
  used_ += bytes.size();
  sent_ += bytes.size();
  return true;
}

bool HttpOutput::take(std::string_view head, std::string_view body) {
  if (pool_ != nullptr && head.size() + body.size() > block_.size - used_) return false;
  if (!take(head)) return false;
  if (take(body)) return true;
  used_ -= head.size();
  sent_ -= head.size();
  return false;
}

// The buffer is not kept: whoever waits for a slow client after this has none.
Task<Result<>> HttpOutput::flush(bool more) {
  if (used_ == 0) co_return ok();
  std::span<const std::byte> bytes(block_.data, std::exchange(used_, 0));
  const OpKind kind = more ? OpKind::write_more : OpKind::write_all;
  Result<> done = ok();
  while (done && !bytes.empty()) {
    const auto sent = co_await PacedWrite(stream_, kind, bytes, pace_.begin());
    done = pace_.end(sent);
    if (done) bytes = bytes.subspan(*sent);
  }
  give_back();
  co_return done;
}

Task<Result<>> HttpOutput::write(std::string_view bytes) {
  if (take(bytes)) co_return ok();
  if (const auto flushed = co_await flush(true); !flushed) co_return flushed;
  if (take(bytes)) co_return ok();
  sent_ += bytes.size();
  co_return co_await send(bytes);
}

Task<Result<>> HttpOutput::send(std::string_view bytes) {
  std::uint64_t size = k_first_piece;
  while (!bytes.empty()) {
    const std::string_view piece = bytes.substr(0, size);
    const auto sent = co_await PacedWrite(stream_, OpKind::write_all,
                                          std::as_bytes(std::span(piece)), pace_.begin());
    if (const auto done = pace_.end(sent); !done) co_return done;
    bytes.remove_prefix(*sent);
    size = grown(size);
  }
  co_return ok();
}

Task<Result<>> HttpOutput::write_file(const HttpFilePart& part) {
  if (part.length == 0) co_return ok();
  if (const auto flushed = co_await flush(true); !flushed) co_return flushed;
  const int descriptor = part.file->descriptor();
  std::uint64_t offset = part.offset;
  std::uint64_t left = part.length;
  for (std::uint64_t size = k_first_piece; left > 0; size = grown(size)) {
    const std::uint64_t piece = std::min(left, size);
    if (is_cold(descriptor, offset + piece - 1)) {
      co_await off_loop([=] { warm_up(descriptor, offset, piece); });
    }
    const FileRange range{.descriptor = descriptor, .offset = offset, .length = piece};
    const auto sent = co_await PacedFile(stream_, range, pace_.begin());
    if (const auto done = pace_.end(sent); !done) co_return done;
    sent_ += *sent;
    offset += *sent;
    left -= *sent;
  }
  co_return ok();
}

}  // namespace patchbay
