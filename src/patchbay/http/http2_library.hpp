// nghttp2 as both sides of HTTP/2 use it: who owns what it hands out, and what it is asked to do.
#pragma once

#include <nghttp2/nghttp2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace patchbay {

struct Http2Deleter {
  void operator()(nghttp2_session* it) const { nghttp2_session_del(it); }
  void operator()(nghttp2_session_callbacks* it) const { nghttp2_session_callbacks_del(it); }
  void operator()(nghttp2_option* it) const { nghttp2_option_del(it); }
};
using Http2SessionPtr = std::unique_ptr<nghttp2_session, Http2Deleter>;
using Http2CallbacksPtr = std::unique_ptr<nghttp2_session_callbacks, Http2Deleter>;
using Http2OptionsPtr = std::unique_ptr<nghttp2_option, Http2Deleter>;

// Windows are opened by us alone, what could be sent without an end has a limit, and every frame is
// seen. Null when memory has run out.
enum class Http2Side : std::uint8_t { server, client };
Http2OptionsPtr make_http2_options(Http2Side side);

// More frames that wait to be written than this: the peer makes us answer and does not listen.
inline constexpr std::size_t k_http2_most_queued = 10'000;

inline constexpr std::uint32_t k_http2_most_window = 0x7fffffff;  // RFC 9113 section 6.9.1

// The window of the connection: four times that of a stream, in bytes. Who reads none of the
// streams would otherwise let each be filled.
void set_http2_window(nghttp2_session* session, std::uint32_t of_stream);

// Below that a window is opened in order to make work.
inline constexpr std::int32_t k_http2_least_increment = 256;

// What is to be written next, on loan only while it is filled and written.
struct Http2Output {
  // A frame of content is worth its head; with less room the buffer is written first.
  static constexpr std::size_t k_least_room = 256;

  std::span<std::byte> memory;
  std::size_t filled = 0;
  std::span<const std::byte> rest;  // nghttp2's, for which there was no room

  std::span<std::byte> room() const { return memory.subspan(filled); }
  void append(std::span<const std::byte> bytes);
  // Takes from nghttp2 what fits. False: it is at its end.
  bool fill(nghttp2_session* session);
};

}  // namespace patchbay
