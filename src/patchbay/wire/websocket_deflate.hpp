// The compression of WebSocket messages (RFC 7692 section 7.2): raw DEFLATE, a message ends with an
// empty stored block whose last four bytes are left out.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "patchbay/base/result.hpp"

struct z_stream_s;  // zlib's

namespace patchbay {

// Takes memory (about 7 KB and the window) with its first message; without context takeover it
// gives it back after each one.
class WebSocketInflater {
 public:
  // Windows have 8 to 15 bits.
  WebSocketInflater(int window_bits, bool keeps_context)
      : window_bits_(window_bits), keeps_context_(keeps_context) {}

  // Appends what the next bytes of a message come to. `integrity` when they are no DEFLATE, `limit`
  // as soon as `out`, which is no longer than that before, is longer than `limit`: by one byte
  // then. `system` (ENOMEM) without memory. What was decompressed before a fault is in `out`.
  Result<> add(std::span<const std::byte> bytes, std::string& out, std::size_t limit);
  // The same for what the sender has left out at the end of the message. `integrity` when the
  // message does not end where a block does.
  Result<> finish(std::string& out, std::size_t limit);

 private:
  struct End {
    void operator()(z_stream_s* stream) const;
  };

  Result<> start();

  int window_bits_;
  bool keeps_context_;
  bool has_input_ = false;  // of this message
  std::unique_ptr<z_stream_s, End> stream_;
};

// Takes memory with its first message: 6 · 2^bits and some 10 KB, 35 KB for a window of 12 bits.
class WebSocketDeflater {
 public:
  // Windows have 9 to 15 bits: zlib has no smaller ones. The level is 1 (fast) to 9.
  WebSocketDeflater(int window_bits, bool keeps_context, int level)
      : window_bits_(window_bits), keeps_context_(keeps_context), level_(level) {}

  // Appends the next part of a message, compressed; it ends at a byte. Fails only without memory:
  // `system` (ENOMEM).
  Result<> add(std::span<const std::byte> bytes, bool is_last, std::string& out);
  // The message goes no further: the next one does not refer to it.
  void abandon() { stream_.reset(); }

 private:
  struct End {
    void operator()(z_stream_s* stream) const;
  };

  Result<> start();

  int window_bits_;
  bool keeps_context_;
  int level_;
  std::unique_ptr<z_stream_s, End> stream_;
};

}  // namespace patchbay
