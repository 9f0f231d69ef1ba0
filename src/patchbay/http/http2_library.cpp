#include "patchbay/http/http2_library.hpp"

#include <algorithm>
#include <cstring>

namespace patchbay {

namespace {

// nghttp2 counts them by a clock of its own, which a simulated run could not repeat.
constexpr std::uint64_t k_no_limit = std::uint64_t{1} << 62;
constexpr std::size_t k_most_continuations = 8;
constexpr std::size_t k_most_acks = 1000;

}  // namespace

Http2OptionsPtr make_http2_options(Http2Side side) {
  nghttp2_option* made = nullptr;
  if (nghttp2_option_new(&made) != 0) return nullptr;
  const bool reads_priorities = side == Http2Side::server;
  nghttp2_option_set_no_auto_window_update(made, 1);
  nghttp2_option_set_no_closed_streams(made, 1);
  nghttp2_option_set_max_outbound_ack(made, k_most_acks);
  nghttp2_option_set_max_continuations(made, k_most_continuations);
  nghttp2_option_set_stream_reset_rate_limit(made, k_no_limit, 1);
  if (reads_priorities) {
    nghttp2_option_set_builtin_recv_extension_type(made, NGHTTP2_PRIORITY_UPDATE);
  }
  // Frames that nobody knows are to be counted too, so they must not be passed over in silence.
  for (unsigned type = NGHTTP2_CONTINUATION + 1; type <= 0xff; ++type) {
    if (type == NGHTTP2_PRIORITY_UPDATE && reads_priorities) continue;
    nghttp2_option_set_user_recv_extension_type(made, static_cast<std::uint8_t>(type));
  }
  return Http2OptionsPtr(made);
}

void set_http2_window(nghttp2_session* session, std::uint32_t of_stream) {
  const std::uint64_t all =
      std::min<std::uint64_t>(std::uint64_t{of_stream} * 4, k_http2_most_window);
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(all));
}

void Http2Output::append(std::span<const std::byte> bytes) {
  const std::size_t fits = std::min(bytes.size(), memory.size() - filled);
  if (fits > 0) std::memcpy(memory.data() + filled, bytes.data(), fits);
  filled += fits;
  rest = bytes.subspan(fits);
}

bool Http2Output::fill(nghttp2_session* session) {
  append(rest);
  while (room().size() >= k_least_room) {
    const std::uint8_t* bytes = nullptr;
    const std::size_t before = filled;
    const ssize_t size = nghttp2_session_mem_send(session, &bytes);
    if (size < 0) return false;
    // Content may go to the output by itself.
    if (size == 0) {
      if (filled == before) return true;
      continue;
    }
    append({reinterpret_cast<const std::byte*>(bytes), static_cast<std::size_t>(size)});
  }
  return true;
}

}  // namespace patchbay
