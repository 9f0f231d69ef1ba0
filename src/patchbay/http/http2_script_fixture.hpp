// For tests: a server of HTTP/2 that answers each request with frames made by hand, right or wrong.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/http/http2_client_fixture.hpp"
#include "patchbay/http/http_client.hpp"

namespace patchbay {

inline std::string http2_field(std::string_view name, std::string_view value) {
  std::string text(1,
                   '\0');  // a literal without indexing (RFC 7541 section 6.2.2), below 127 bytes
  text += static_cast<char>(name.size());
  text += name;
  text += static_cast<char>(value.size());
  return text += value;
}
// ":status: 200" and these.
inline std::string http2_head(std::uint32_t id, std::string_view fields = {}, bool ends = false) {
  const int flags = NGHTTP2_FLAG_END_HEADERS | (ends ? NGHTTP2_FLAG_END_STREAM : 0);
  return http2_frame(NGHTTP2_HEADERS, flags, id, "\x88" + std::string(fields));
}
inline std::string http2_data(std::uint32_t id, std::string_view text, bool ends = true) {
  return http2_frame(NGHTTP2_DATA, ends ? NGHTTP2_FLAG_END_STREAM : 0, id, text);
}
inline std::string http2_number(std::uint32_t value) {
  std::string text;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) text += static_cast<char>(value >> shift & 0xff);
  return text;
}
inline std::string http2_reset(std::uint32_t id, std::uint32_t code) {
  return http2_frame(NGHTTP2_RST_STREAM, 0, id, http2_number(code));
}
inline std::string http2_goaway(std::uint32_t last, std::uint32_t code) {
  return http2_frame(NGHTTP2_GOAWAY, 0, 0, http2_number(last) + http2_number(code));
}

struct Http2Script {
  // To the request with this number, the `nth` of all (from 0).
  std::function<std::string(std::uint32_t id, std::size_t nth)> reply;
  std::string greeting = http2_frame(NGHTTP2_SETTINGS, 0, 0, "");
  std::size_t closes_after = 1000;  // so many requests
  bool lingers = false;             // it reads on then, until the client has closed as well
  std::string afterwards = {};      // a second after each answer
  std::size_t requests = 0;
  std::size_t connections = 0;
  std::size_t left = 0;   // connections that the client has ended
  std::size_t pongs = 0;  // answers to a PING
};

inline Task<> play_http2_script(TcpStream stream, Http2Script& script) {
  ++script.connections;
  if (!co_await stream.write_all(script.greeting)) co_return;
  std::string heard;
  bool greeted = false;
  for (;;) {
    const auto piece = co_await stream.receive();
    if (piece && piece->empty()) ++script.left;
    if (!piece || piece->empty()) co_return;
    heard += piece->text();
    if (!greeted && heard.size() < k_http2_preface.size()) continue;
    if (!std::exchange(greeted, true)) heard.erase(0, k_http2_preface.size());
    const auto byte = [&](std::size_t at) -> std::uint32_t {
      return static_cast<unsigned char>(heard[at]);
    };
    while (heard.size() >= 9) {
      const std::size_t size = 9 + (byte(0) << 16U | byte(1) << 8U | byte(2));
      if (heard.size() < size) break;
      const std::uint32_t id = byte(5) << 24U | byte(6) << 16U | byte(7) << 8U | byte(8);
      const bool is_request = byte(3) == NGHTTP2_HEADERS;
      if (byte(3) == NGHTTP2_PING && byte(4) == NGHTTP2_FLAG_ACK) ++script.pongs;
      heard.erase(0, size);
      if (!is_request) continue;
      const std::string bytes = script.reply(id, script.requests++);
      if (!co_await stream.write_all(bytes)) co_return;
      if (script.requests >= script.closes_after) {
        if (!script.lingers || !co_await stream.shutdown_write()) co_return;
      }
      if (script.afterwards.empty()) continue;
      if (!co_await sleep_for(1s)) co_return;
      if (!co_await stream.write_all(script.afterwards)) co_return;
    }
  }
}

inline Task<Result<>> http2_script_server(Http2Script& script) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_http2_port));
  if (!listener) co_return listener.error();
  co_return co_await serve_each(*listener, play_http2_script, std::ref(script));
}

// What a client makes of it, on a simulated network.
struct Http2ScriptWorld {
  explicit Http2ScriptWorld(Http2Script& script) { pair.server.serve(http2_script_server(script)); }
  std::string url(std::string_view path = "/") {
    return "http://" + pair.server.address().to_string() + std::string(path);
  }
  void run(Task<Result<>> task) {
    pair.client.run(std::move(task));
    took = sim::run(world);
  }

  sim::World world{1};
  sim::Pair pair{world};
  Duration took{};
};

}  // namespace patchbay
