// Compressor: one stream of gzip, zstd or brotli, fed in pieces.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/wire/http_negotiation.hpp"

namespace patchbay {

enum class CompressionEffort : std::uint8_t {
  quick,     // made for one reader: about 50 to 300 MB/s
  thorough,  // made once for many readers: a fifth of that, a tenth smaller
};

enum class CompressTo : std::uint8_t {
  collect,  // keep what may shrink better with what follows
  flush,    // a reader can decompress all that was put in
  finish,   // the end of the stream
};

// A stream takes at most 1.5 MB of memory while it is quick, whatever goes through it.
class Compressor {
 public:
  // Null for identity, and when there is no memory.
  static std::unique_ptr<Compressor> make(ContentCoding coding,
                                          CompressionEffort effort = CompressionEffort::quick);
  virtual ~Compressor() = default;

  // Compresses all of `bytes` and appends what comes of it to `out`; without `flush` or `finish`
  // that may be nothing yet. After `finish` it is not called again. False when the library fails,
  // which only the lack of memory can bring.
  virtual bool put(std::span<const std::byte> bytes, CompressTo to, std::string& out) = 0;
};

// All at once, identity as it is; "" when there is no memory. More than 16 KiB take milliseconds:
// do it off the loop.
std::string compress_now(std::string_view content, ContentCoding coding,
                         CompressionEffort effort = CompressionEffort::thorough);

}  // namespace patchbay
