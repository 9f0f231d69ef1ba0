// For tests: a server that answers as a script says, byte for byte, and remembers what it was
// asked.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/serve.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_request.hpp"

namespace patchbay {

struct ScriptedReply {
  enum class Then : std::uint8_t { keep, close, reset };

  std::string bytes;
  Then then = Then::keep;
  bool at_once = false;    // when the head of the request has come, without its body
  bool hears_out = false;  // … which is read to its end afterwards
  // Said 10 ms later, although nobody has asked for it.
  std::string unasked = {};
  bool ends = false;  // the sending side, and hears on
};

struct Script {
  std::vector<std::vector<ScriptedReply>> connections;  // in the order in which they come
  std::vector<std::string> requests = {};               // as they came, bodies taken apart
  Endpoint at = {};
  std::size_t accepted = 0;
  std::size_t left = 0;  // connections that the client has ended first

  std::string url(std::string_view target = "/") const {
    return "http://" + at.to_string() + std::string(target);
  }
};

// The body behind such a head, "" when the client has left.
inline Task<std::string> read_scripted_body(Stream& stream, std::string& pending,
                                            HttpFraming framing) {
  std::string whole;
  Http1Body body(framing);
  while (!body.ended()) {
    std::string_view bytes = pending;
    whole += body.take(bytes);
    pending.erase(0, pending.size() - bytes.size());
    if (body.ended() || !pending.empty()) continue;
    const auto piece = co_await stream.receive();
    if (!piece || piece->empty()) co_return "";
    pending += piece->text();
  }
  co_return whole;
}

// The next request with its body, "" when the client has left.
inline Task<std::string> read_scripted_request(Stream& stream, std::string& pending, bool head_only,
                                               HttpFraming& framing) {
  Http1Request request;
  while (parse_request(pending, {}, request) != HeadState::complete) {
    const auto piece = co_await stream.receive();
    if (!piece || piece->empty()) co_return "";
    pending += piece->text();
  }
  std::string whole = pending.substr(0, request.bytes);
  framing = request.framing;
  pending.erase(0, whole.size());
  if (head_only || !framing.has_body()) co_return whole;
  std::string body = co_await read_scripted_body(stream, pending, framing);
  co_return body.empty() ? body : whole + body;
}

inline Task<> play_script(TcpStream stream, Script& script) {
  const std::size_t index = script.accepted++;
  EXPECT_LT(index, script.connections.size());
  if (index >= script.connections.size()) co_return;
  std::string pending;
  for (const ScriptedReply& reply : script.connections[index]) {
    HttpFraming framing;
    std::string request = co_await read_scripted_request(stream, pending, reply.at_once, framing);
    if (request.empty()) co_return;
    const std::size_t number = script.requests.size();
    script.requests.push_back(std::move(request));
    if (!co_await stream.write_all(reply.bytes)) co_return;
    if (reply.hears_out) {
      const std::string body = co_await read_scripted_body(stream, pending, framing);
      script.requests[number] += body;
    }
    if (!reply.unasked.empty()) {
      (void)co_await sleep_for(10ms);
      if (!co_await stream.write_all(reply.unasked)) co_return;
    }
    if (reply.ends) (void)co_await stream.shutdown_write();
    if (reply.then == ScriptedReply::Then::reset) {
      const linger hard = {.l_onoff = 1, .l_linger = 0};
      EXPECT_TRUE(
          stream.port().set_option(stream.handle(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard));
    }
    if (reply.then != ScriptedReply::Then::keep) co_return;
  }
  while (true) {
    const auto left = co_await stream.receive();
    if (left && !left->empty()) continue;
    ++script.left;
    co_return;
  }
}

inline Task<Result<>> serve_script(TcpListener& listener, Script& script) {
  co_return co_await serve_each(listener, play_script, std::ref(script));
}

inline Task<> run_script(Script& script, Task<Result<>> (*body)(Script&)) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::loopback(Family::v4), 0));
  EXPECT_TRUE(listener);
  if (!listener) co_return;
  script.at = listener->local();
  const auto done = co_await either(serve_script(*listener, script), body(script));
  EXPECT_TRUE(done) << done.error().describe();
}

// Runs `body` on a loop of its own, with the server beside it.
inline void with_script(Script& script, Task<Result<>> (*body)(Script&)) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  (*loop)->run(run_script(script, body));
}

}  // namespace patchbay
