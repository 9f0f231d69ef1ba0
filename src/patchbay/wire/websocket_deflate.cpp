#include "patchbay/wire/websocket_deflate.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace patchbay {
namespace {

// The end of each message that is not sent (RFC 7692 section 7.2.1).
constexpr std::array<std::byte, 4> k_tail = {std::byte{0x00}, std::byte{0x00}, std::byte{0xff},
                                             std::byte{0xff}};
constexpr std::size_t k_least_room = 256;
constexpr std::size_t k_most_room = 16 * 1024;

// What zlib says of where it stands, in z_stream::data_type: 128 after the end of a block, the
// number of bits that are left of the last byte, and more.
constexpr int k_just_after_a_block = 128;

void give_input(z_stream& stream, std::span<const std::byte> bytes) {
  // zlib only reads from it.
  stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
}

// One step of zlib that may append `room` bytes; what `step` returned.
template <class Step>
int append(std::string& out, std::size_t room, z_stream& stream, Step step) {
  int status = Z_OK;
  const std::size_t before = out.size();
  out.resize_and_overwrite(before + room, [&](char* text, std::size_t) {
    stream.next_out = reinterpret_cast<Bytef*>(text + before);
    stream.avail_out = static_cast<uInt>(room);
    status = step(stream);
    return before + room - stream.avail_out;
  });
  return status;
}

int inflate_step(z_stream& stream) { return ::inflate(&stream, Z_SYNC_FLUSH); }

Error corrupt(const char* why) {
  return Error(Fault::integrity, "decompress a WebSocket message").because(why);
}

}  // namespace

void WebSocketInflater::End::operator()(z_stream_s* stream) const {
  ::inflateEnd(stream);
  delete stream;
}

Result<> WebSocketInflater::start() {
  if (stream_) return ok();
  auto stream = std::make_unique<z_stream>();
  // Some senders believe that they compress with 8 bits and do it with 9.
  if (::inflateInit2(stream.get(), -std::max(window_bits_, 9)) != Z_OK) {
    return Error::from_errno(ENOMEM, "decompress a WebSocket message");
  }
  stream_.reset(stream.release());
  return ok();
}

Result<> WebSocketInflater::add(std::span<const std::byte> bytes, std::string& out,
                                std::size_t limit) {
  if (bytes.empty()) return ok();
  if (const auto started = start(); !started) return started;
  has_input_ = true;
  give_input(*stream_, bytes);
  for (;;) {
    const std::size_t wanted = std::clamp(4 * bytes.size(), k_least_room, k_most_room);
    const std::size_t room = std::min(wanted - 1, limit - out.size()) + 1;
    const int status = append(out, room, *stream_, inflate_step);
    if (out.size() > limit) {
      return Error(Fault::limit, "decompress a WebSocket message", "it is longer than allowed");
    }
    if (status == Z_MEM_ERROR) return Error::from_errno(ENOMEM, "decompress a WebSocket message");
    if (status == Z_STREAM_END) {
      // A block was marked as the last one, which ends nothing here (RFC 7692 section 7.2.3.4). The
      // window stays: what follows may refer to it.
      ::inflateResetKeep(stream_.get());
      if (stream_->avail_in == 0) return ok();
      continue;
    }
    if (status != Z_OK && status != Z_BUF_ERROR) return corrupt("its compressed data is broken");
    if (stream_->avail_in == 0 && stream_->avail_out > 0) return ok();
  }
}

Result<> WebSocketInflater::finish(std::string& out, std::size_t limit) {
  // Some senders take nothing at all for an empty message.
  if (!has_input_) return ok();
  const auto added = add(k_tail, out, limit);
  has_input_ = false;
  if (!added) return added;
  const bool whole = stream_->data_type == k_just_after_a_block;
  if (!keeps_context_) stream_.reset();
  if (!whole) return corrupt("its compressed data ends too early");
  return ok();
}

void WebSocketDeflater::End::operator()(z_stream_s* stream) const {
  ::deflateEnd(stream);
  delete stream;
}

Result<> WebSocketDeflater::start() {
  if (stream_) return ok();
  auto stream = std::make_unique<z_stream>();
  const int memory_level = window_bits_ - 7;  // a table as large as the window
  if (::deflateInit2(stream.get(), level_, Z_DEFLATED, -window_bits_, memory_level,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
    return Error::from_errno(ENOMEM, "compress a WebSocket message");
  }
  stream_.reset(stream.release());
  return ok();
}

Result<> WebSocketDeflater::add(std::span<const std::byte> bytes, bool is_last, std::string& out) {
  if (const auto started = start(); !started) return started;
  if (bytes.empty()) {
    // zlib does not flush twice when nothing has come between. This is an empty stored block whose
    // last four bytes are left out.
    if (is_last) out += '\0';
  } else {
    give_input(*stream_, bytes);
    do {
      const std::size_t room = std::clamp(bytes.size() / 2, k_least_room, k_most_room);
      append(out, room, *stream_,
             [](z_stream& stream) { return ::deflate(&stream, Z_SYNC_FLUSH); });
    } while (stream_->avail_out == 0);
    if (is_last) out.resize(out.size() - k_tail.size());
  }
  if (is_last && !keeps_context_) stream_.reset();
  return ok();
}

}  // namespace patchbay
