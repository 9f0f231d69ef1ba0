#include "patchbay/http/http_proxy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/http/http_tunnel.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/wire/http_path.hpp"

namespace patchbay {

namespace {

constexpr std::array<std::string_view, 5> k_idempotent = {"GET", "HEAD", "OPTIONS", "PUT",
                                                          "DELETE"};
constexpr Duration k_between_notices = 1min;

// One of the requests in work, until its answer has been sent.
class Place {
 public:
  explicit Place(std::shared_ptr<std::size_t> taken) : taken_(std::move(taken)) { ++*taken_; }
  ~Place() { --*taken_; }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;

 private:
  std::shared_ptr<std::size_t> taken_;
};

// The body of an answer. It has the connection for as long as there is something to read, and
// outlives the proxy if it must.
class PassedBody final : public HttpSource {
 public:
  struct From {
    std::unique_ptr<HttpClientConnection> connection;
    std::shared_ptr<HttpClientPool> pool;
    std::shared_ptr<Place> place;
    std::optional<std::uint64_t> size;
    Duration idle;
  };
  explicit PassedBody(From from) : from_(std::move(from)) {}

  std::optional<std::uint64_t> size() const override { return from_.size; }

  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override {
    if (failure_) co_return *failure_;
    if (!from_.connection) co_return std::size_t{0};
    const auto got = co_await from_.connection->read_body(
        into, deadline.or_earlier(Deadline::after(from_.idle)));
    if (!got) {
      failure_ = got.error();
      from_.connection.reset();
      from_.place.reset();
      co_return *failure_;
    }
    // Whoever knows the size does not ask for what is behind it.
    if (*got == 0 || from_.connection->reusable()) {
      from_.pool->give_back(std::move(from_.connection));
      from_.place.reset();
    }
    co_return *got;
  }

 private:
  From from_;
  std::optional<Error> failure_;
};

// The body that a GET would have had.
class NotSent final : public HttpSource {
 public:
  explicit NotSent(std::optional<std::uint64_t> size) : size_(size) {}
  Task<Result<std::size_t>> read(std::span<std::byte>, Deadline) override {
    co_return std::size_t{0};
  }
  std::optional<std::uint64_t> size() const override { return size_; }

 private:
  std::optional<std::uint64_t> size_;
};

// What a client is told. Where the upstream is and what is wrong with it is none of its business.
HttpResponse why_not(const Error& error, const std::optional<Error>& of_the_client) {
  if (of_the_client) {
    const bool slow = of_the_client->fault() == Fault::timed_out;
    return HttpResponse::error(slow ? 408 : 400, "the body of the request did not come whole");
  }
  if (error.fault() == Fault::timed_out) {
    return HttpResponse::error(504, "the server behind this one did not answer in time");
  }
  return HttpResponse::error(502, "the server behind this one gave no answer to understand");
}

}  // namespace

struct HttpProxy::Exchange {
  HttpOutgoing message;
  std::string target;
  std::unique_ptr<HttpClientConnection> connection = {};
  std::shared_ptr<Place> place = {};
  HttpAnswerHead head = {};
  bool may_repeat = false;
  bool reached = false;  // a connection was there
};

Result<std::shared_ptr<HttpProxy>> HttpProxy::make(std::shared_ptr<HttpHandler> otherwise,
                                                   HttpProxyOptions options) {
  std::optional<TlsContext> tls;
  if (options.route.upstream.secure) {
    TlsClientOptions asked = options.tls;
    asked.alpn = {"http/1.1"};
    auto context = TlsContext::client(asked);
    if (!context) return context.error();
    tls.emplace(std::move(*context));
  }
  return std::shared_ptr<HttpProxy>(
      new HttpProxy(std::move(otherwise), std::move(options), std::move(tls)));
}

HttpProxy::HttpProxy(std::shared_ptr<HttpHandler> otherwise, HttpProxyOptions options,
                     std::optional<TlsContext> tls)
    : otherwise_(std::move(otherwise)),
      options_(std::move(options)),
      tls_(std::move(tls)),
      pool_(std::make_shared<HttpClientPool>(options_.kept_connections, options_.kept_for)),
      in_work_(std::make_shared<std::size_t>(0)) {
  if (options_.sweeper) options_.sweeper->add(pool_);
}

std::optional<HttpResponse> HttpProxy::answer_now(HttpRequest& request) {
  if (options_.route.covers(request)) return std::nullopt;
  return otherwise_->answer_now(request);
}

Task<HttpResponse> HttpProxy::answer(HttpRequest& request) {
  if (!options_.route.covers(request)) co_return co_await otherwise_->answer(request);
  // A tunnel to anywhere is nobody's wish, and TRACE shows cookies to scripts.
  if (request.is("CONNECT") || request.is("TRACE")) {
    co_return HttpResponse::error(501, "this method is not passed on");
  }
  // Some drop such characters when they read a URL: what they open is not what was guarded then.
  if (const auto path = decode_path(request.path); path && has_control_character(*path)) {
    co_return HttpResponse::error(400, why(PathFault::bad_character));
  }
  if (forwards_left(request) == 0) {
    HttpResponse response(204);
    response.add("Allow", "GET, HEAD, OPTIONS, POST, PUT, PATCH, DELETE");
    co_return response;
  }
  if (goes_in_circles(request)) {
    co_return HttpResponse::error(502, "the request goes round in circles");
  }
  if (*in_work_ >= options_.most_at_once) {
    HttpResponse busy = HttpResponse::error(503, "too many requests are on their way");
    busy.add("Retry-After", "1");
    co_return busy;
  }
  // As nginx does: a client that has ended hardly ever waits, and the upstream's work is not ours.
  request.leaves_with_end = true;
  if (request.client_ended) co_return HttpResponse::error(502, "nobody waits for it");
  co_return co_await pass_on(request);
}

bool HttpProxy::hides_password(const HttpRequest& request) const {
  const auto path = decode_path(request.path);
  return path && needs_password(options_.guarded, request.method, path->path);
}

Task<HttpResponse> HttpProxy::pass_on(HttpRequest& request) {
  Exchange exchange{
      .message = forward_request({options_.route, request, hides_password(request)}),
      .target = options_.route.target_for(request),
      .place = std::make_shared<Place>(in_work_),
  };
  exchange.message.patience = options_.answer_time;
  exchange.may_repeat = exchange.message.source == nullptr && !exchange.message.may_switch &&
                        std::ranges::find(k_idempotent, request.method) != k_idempotent.end();
  const auto asked = co_await ask(exchange);
  if (asked) co_return take_answer(exchange);
  const auto of_the_client =
      exchange.reached ? exchange.connection->source_failure() : std::nullopt;
  if (!of_the_client) tell_operator(asked.error());
  if (!exchange.reached) {
    co_return HttpResponse::error(502, "the server behind this one cannot be reached");
  }
  co_return why_not(asked.error(), of_the_client);
}

// Whoever runs this server is told what its clients are not. Now and then, since on a busy site
// every request would say the same.
void HttpProxy::tell_operator(const Error& error) {
  const Instant now = Loop::current().now();
  if (error.fault() == Fault::cancelled || now < quiet_until_) return;
  quiet_until_ = now + k_between_notices;
  Loop::current().notice(
      escape_terminal(fmt::format("the server behind /{} gave no answer: {}: {}",
                                  options_.route.prefix, error.what(), error.why())));
}

Task<Result<>> HttpProxy::ask(Exchange& exchange) {
  if (exchange.may_repeat) {
    exchange.connection = pool_->take(options_.route.upstream);
    if (exchange.connection) {
      const auto asked = co_await ask_on(exchange);
      // RFC 9112 section 9.3.1: it ended before it could know of the request.
      const bool stale =
          !asked && !exchange.connection->heard() && asked.error().fault() == Fault::closed;
      if (!stale) co_return asked;
    }
  }
  if (const auto dialed = co_await dial(exchange); !dialed) co_return dialed;
  co_return co_await ask_on(exchange);
}

Task<Result<>> HttpProxy::dial(Exchange& exchange) {
  exchange.reached = false;
  auto dialed = co_await dial_http(options_.route.upstream,
                                   {.tls = tls_ ? &*tls_ : nullptr, .connect = options_.connect},
                                   Deadline::after(options_.connect_time));
  if (!dialed) co_return dialed.error();
  exchange.connection = std::make_unique<HttpClientConnection>(options_.route.upstream,
                                                               std::move(*dialed), options_.limits);
  co_return ok();
}

Task<Result<>> HttpProxy::ask_on(Exchange& exchange) {
  exchange.reached = true;
  auto head = co_await exchange.connection->exchange(exchange.message);
  if (!head) co_return head.error();
  exchange.head = std::move(*head);
  co_return ok();
}

HttpResponse HttpProxy::take_answer(Exchange& exchange) {
  const HttpAnswerHead& head = exchange.head;
  HttpResponse response = forward_answer(options_.route, exchange.target, head);
  if (head.status == 101) {
    if (!switches_to_websocket(head)) {
      return why_not(Error(Fault::protocol, "understand the answer"), std::nullopt);
    }
    response.add("Upgrade", "websocket");
    response.upgrade = std::make_shared<HttpTunnel>(std::move(exchange.connection), options_.idle,
                                                    std::move(exchange.place));
    return response;
  }
  if (head.status == 426) {
    if (!switches_to_websocket(head)) {
      return HttpResponse::error(502, "the server behind this one wants a protocol not known here");
    }
    response.add("Upgrade", "websocket");
  }
  if (exchange.message.method == "HEAD") {
    response.body = std::make_shared<NotSent>(told_length(head));
  } else if (head.body_bytes != 0) {
    response.body =
        std::make_shared<PassedBody>(PassedBody::From{.connection = std::move(exchange.connection),
                                                      .pool = pool_,
                                                      .place = std::move(exchange.place),
                                                      .size = head.body_bytes,
                                                      .idle = options_.idle});
    return response;
  } else if (head.status != 204 && head.status != 304) {
    response.body = std::string();
  }
  pool_->give_back(std::move(exchange.connection));
  return response;
}

}  // namespace patchbay
