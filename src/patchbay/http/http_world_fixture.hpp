// For tests: a server of HTTP/1 on a simulated network, and a client that sends given bytes and
// hears to the end of the connection. The clock is the world's: waiting costs nothing.
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/http/http_log_fixture.hpp"
#include "patchbay/http/http_server.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/wire/http1_body.hpp"
#include "patchbay/wire/http1_response.hpp"

namespace patchbay {

inline constexpr std::uint16_t k_http_port = 80;

// One step of a client.
struct HttpSaid {
  std::string bytes;
  Duration after = {};                   // the step before
  std::function<void()> meanwhile = {};  // is called then, before the bytes are sent
  bool ends = false;                     // with these the client has said all
  bool leaves = false;                   // … and is gone: it hears nothing more either
  bool resets = false;                   // the same, and says so
};

// An answer, taken apart.
struct HttpHeardAnswer {
  int status = 0;
  std::string head;  // from the status line to the empty line
  std::string body;
  bool whole = false;
  bool keeps = false;  // another one may follow on the connection

  // The values of the fields of this name, joined by commas.
  std::string field(std::string_view name) const {
    Http1Response response;
    parse_response(head, "GET", {}, response);
    return response.fields.all(name);
  }
};

struct HttpHeard {
  std::string bytes;
  std::vector<std::string> pieces;  // as they came
  std::vector<Duration> times;      // when, after the connection was made
  Duration ended{};                 // when it was over
  std::optional<Fault> fault;       // in place of an end

  // `heads`: how many of the answers, from the first on, are ones to HEAD.
  std::vector<HttpHeardAnswer> answers(std::size_t heads = 0) const {
    std::vector<HttpHeardAnswer> all;
    std::string_view rest = bytes;
    while (!rest.empty()) {
      HttpHeardAnswer& answer = all.emplace_back();
      Http1Response response;
      const std::string_view method = all.size() <= heads ? "HEAD" : "GET";
      if (parse_response(rest, method, {}, response) != HeadState::complete) {
        ADD_FAILURE() << "no head of an answer: " << rest.substr(0, 200);
        return all;
      }
      answer.status = response.status;
      answer.head = rest.substr(0, response.bytes);
      answer.keeps = response.keep_alive;
      rest.remove_prefix(response.bytes);
      if (response.status == 101) {
        answer.body = rest;
        return all;
      }
      Http1Body body(response.framing);
      while (!rest.empty() && !body.ended() && !body.broken()) answer.body += body.take(rest);
      if (rest.empty() && !fault) body.peer_ended();
      answer.whole = body.ended();
      if (!answer.whole) return all;
    }
    return all;
  }
  HttpHeardAnswer only(std::size_t heads = 0) const {
    const auto all = answers(heads);
    EXPECT_EQ(all.size(), 1U) << bytes.substr(0, 2000);
    return all.empty() ? HttpHeardAnswer() : all.front();
  }
  std::vector<int> statuses() const {
    std::vector<int> all;
    for (const HttpHeardAnswer& answer : answers()) all.push_back(answer.status);
    return all;
  }
};

// Whatever a client may send for GET, with the fields given as lines.
inline std::string get_of(std::string_view target, std::string_view lines = {},
                          std::string_view method = "GET") {
  return std::string(method) + " " + std::string(target) + " HTTP/1.1\r\nHost: site.test\r\n" +
         std::string(lines) + "\r\n";
}
inline std::string body_of(std::string_view method, std::string_view target, std::string_view body,
                           std::string_view lines = {}) {
  const std::string length = "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return get_of(target, length + std::string(lines), method) + std::string(body);
}

class HttpWorld {
 public:
  struct Options {
    HttpLimits limits = {};
    Duration grace = 10s;
    Duration stop_after = {};  // zero: when all clients have left
    std::uint64_t seed = 1;
    HttpTls* tls = nullptr;  // where there is one, clients trust whatever certificate it has
  };
  explicit HttpWorld(HttpHandler& handler) : HttpWorld(handler, Options()) {}
  HttpWorld(HttpHandler& handler, const Options& options)
      : world(options.seed),
        service(handler, options.limits, &log),
        secure_(options.tls != nullptr) {
    pair.server.serve(serve(service, options));
  }

  // A client that says this once the world runs.
  HttpHeard& client(std::vector<HttpSaid> script) {
    clients_.push_back(std::make_unique<Client>(Client{std::move(script), {}}));
    const Endpoint server(pair.server.address(), k_http_port);
    if (secure_) {
      pair.client.run(converse_by_tls(server, *clients_.back()));
    } else {
      pair.client.run(converse(server, *clients_.back()));
    }
    return clients_.back()->heard;
  }
  void run() { took = sim::run(world); }

  // One client, which hears until the server ends the connection.
  HttpHeard hear(std::vector<HttpSaid> script) {
    HttpHeard& heard = client(std::move(script));
    run();
    return heard;
  }
  HttpHeard hear(std::string bytes) {
    std::vector<HttpSaid> script;
    script.push_back({.bytes = std::move(bytes)});
    return hear(std::move(script));
  }

  sim::World world;
  sim::Pair pair{world, {.delay = 1ms}};
  HttpHeardLog log;
  HttpService service;
  Duration took{};

 private:
  struct Client {
    std::vector<HttpSaid> script;
    HttpHeard heard;
  };

  static Task<Result<>> serve(HttpService& service, Options options) {
    auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_http_port));
    if (!listener) co_return listener.error();
    std::vector<HttpListener> listeners;
    listeners.push_back({.socket = std::move(*listener), .tls = options.tls});
    if (options.stop_after == Duration::zero()) {
      co_return co_await serve_http(service, std::move(listeners), options.grace);
    }
    co_return co_await either(pass(options.stop_after),
                              serve_http(service, std::move(listeners), options.grace));
  }
  static Task<Result<>> pass(Duration time) {
    (void)co_await sleep_for(time);
    co_return ok();
  }

  static void leave(Stream& stream, bool by_reset) {
    const linger hard = {.l_onoff = 1, .l_linger = 0};
    if (by_reset) {
      (void)stream.port().set_option(stream.handle(), SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    }
    stream.close();
  }
  static Task<Result<>> tell(Stream& stream, const std::vector<HttpSaid>& script) {
    for (const HttpSaid& step : script) {
      if (step.after > Duration::zero()) (void)co_await sleep_for(step.after);
      if (step.meanwhile) step.meanwhile();
      // The server may have closed, which is what many tests are about.
      if (!step.bytes.empty() && !co_await stream.write_all(step.bytes)) co_return ok();
      if (step.ends) (void)co_await stream.shutdown_write();
      if (step.leaves || step.resets) leave(stream, step.resets);
    }
    co_return ok();
  }
  static Task<Result<>> hear_all(Stream& stream, HttpHeard& heard) {
    const Instant began = Loop::current().now();
    for (;;) {
      const auto data = co_await stream.receive();
      heard.ended = Loop::current().now() - began;
      if (!data) heard.fault = data.error().fault();
      if (!data || data->empty()) co_return ok();
      heard.bytes += data->text();
      heard.pieces.emplace_back(data->text());
      heard.times.push_back(heard.ended);
    }
  }
  static Task<Result<>> converse(Endpoint to, Client& client) {
    auto stream = co_await TcpStream::connect(to);
    if (!stream) co_return stream.error();
    co_return co_await both(tell(*stream, client.script), hear_all(*stream, client.heard));
  }
  static Task<Result<>> converse_by_tls(Endpoint to, Client& client) {
    auto lower = co_await TcpStream::connect(to);
    if (!lower) co_return lower.error();
    auto context = TlsContext::client({.verify = false});
    if (!context) co_return context.error();
    auto stream = co_await tls_connect(std::move(*lower), *context, "site.test");
    if (!stream) co_return stream.error();
    co_return co_await both(tell(*stream, client.script), hear_all(*stream, client.heard));
  }

  const bool secure_;
  std::vector<std::unique_ptr<Client>> clients_;
};

// The answer to one request, by a handler that nobody else asks.
inline HttpHeardAnswer ask(HttpHandler& handler, std::string request) {
  const bool head = request.starts_with("HEAD ");
  HttpWorld it(handler);
  std::vector<HttpSaid> script;
  script.push_back({.bytes = std::move(request), .ends = true});
  const HttpHeardAnswer answer = it.hear(std::move(script)).only(head ? 1 : 0);
  EXPECT_TRUE(answer.whole);
  return answer;
}

}  // namespace patchbay
