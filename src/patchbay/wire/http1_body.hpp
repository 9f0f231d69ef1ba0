// Http1Body: the body of an HTTP/1 message, taken out of the bytes it travels in (RFC 9112 sections
// 6 and 7). Give it what has come; it returns what of it is content.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "patchbay/wire/http1_head.hpp"

namespace patchbay {

struct Http1BodyLimits {
  std::size_t chunk_line_bytes = 256;       // a chunk's size with its extensions and CR LF
  std::size_t extension_bytes = 16 * 1024;  // the extensions of all chunks together
  std::size_t trailer_bytes = 8 * 1024;     // the fields behind the last chunk, with the empty line
                                            // at their end; they are passed over
};

class Http1Body {
 public:
  explicit Http1Body(HttpFraming framing, Http1BodyLimits limits = {});

  // Takes the next piece of content off the front of `bytes`, which the result is a view of. Empty:
  // `bytes` are used up, or the body has ended (what is left of them is the next message's), or it
  // is broken.
  std::string_view take(std::string_view& bytes);

  bool ended() const { return state_ == State::end; }
  // `refusal()` tells why. Nothing that follows on the connection can be trusted.
  bool broken() const { return state_ == State::broken; }
  HttpRefusal refusal() const { return refusal_; }
  // The peer ended its side: the end of a body that lasts until then, and too early for any other.
  void peer_ended();

  // Bytes that are still to come, of a body with a length; 0 where that is not known.
  std::uint64_t left() const { return state_ == State::content ? left_ : 0; }

 private:
  enum class State : std::uint8_t {
    content,     // `left_` bytes of a body with a length
    rest,        // until the peer ends
    chunk_line,  // a chunk's size
    chunk,       // `left_` bytes of a chunk
    chunk_end,   // the CR LF behind it
    trailer,
    end,
    broken,
  };

  void read_chunk_line(std::string_view& bytes);
  void begin_chunk();
  void read_chunk_end(std::string_view& bytes);
  void read_trailer(std::string_view& bytes);
  bool gather_line(std::string_view& bytes, std::size_t limit);
  void fail(const char* reason);

  State state_;
  Http1BodyLimits limits_;
  std::uint64_t left_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t trailer_bytes_ = 0;
  std::string line_;  // a line that came in pieces
  HttpRefusal refusal_ = {};
};

// The line in front of a chunk of this length, for those who send: "1f40\r\n". A length of 0 would
// end the body. The chunk is followed by "\r\n", the last one then by k_last_chunk.
std::string chunk_head(std::size_t bytes);
inline constexpr std::string_view k_last_chunk = "0\r\n\r\n";

}  // namespace patchbay
