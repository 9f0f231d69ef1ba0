#include "patchbay/http/http_client.hpp"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "patchbay/http/http2_client_exchange.hpp"
#include "patchbay/http/http_client_body.hpp"
#include "patchbay/http/http_client_request.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_drained_bytes = 64 * 1024;  // of a redirect, to save the connection
constexpr Duration k_drain_time = 1s;               // a new connection is made sooner
constexpr int k_most_refusals = 3;                  // of one request, by a server that is too busy

// Reads what is left of a short body, so that the connection serves once more. That it cannot is
// no fault: it is closed then.
Task<> drain(HttpSource& body, Deadline of_request) {
  const Deadline deadline = of_request.or_earlier(Deadline::after(k_drain_time));
  if (body.size().value_or(0) > k_drained_bytes) co_return;
  std::array<std::byte, 8192> piece;
  for (std::size_t total = 0; total < k_drained_bytes;) {
    const auto got = co_await body.read(piece, deadline);
    if (!got || *got == 0) co_return;
    total += *got;
  }
}

// For a server that may be one of HTTP/1.0, which would read chunks as content.
Task<Result<std::string>> gather(const HttpClientRequest& request, std::size_t most,
                                 Deadline deadline) {
  auto all = co_await read_all(*std::get<HttpSource*>(request.body), most, deadline);
  if (all || all.error().fault() != Fault::limit) co_return all;
  co_return Error(Fault::limit, "send the body to",
                  "nobody knows its length, it is too long to be counted first, and the server is "
                  "not known to take it in chunks",
                  "give a body with a length, or, if it does, ask it over HTTP/1.1 only")
      .about(request.url.origin());
}

// All but its body and what depends on the connection's version.
HttpAnswer answer_of(HttpAnswerHead head, const HttpClientRequest& request,
                     const HttpDialed& dialed, bool kept) {
  HttpAnswer answer;
  answer.method = request.method;
  answer.url = request.url;
  answer.status = head.status;
  answer.major = head.major;
  answer.minor = head.minor;
  answer.reason = std::move(head.reason);
  answer.fields = std::move(head.fields);
  answer.peer = dialed.peer;
  answer.tls = dialed.tls;
  answer.kept_connection = kept;
  answer.body_bytes = head.body_bytes;
  return answer;
}

HttpTimes times_of(Instant began, Instant heard, const HttpDialed& dialed, bool kept) {
  HttpTimes times = {.first_byte = heard - began, .head = Loop::current().now() - began};
  if (kept) return times;
  times.connect = dialed.connect;
  times.handshake = dialed.handshake;
  times.head += dialed.connect + dialed.handshake;
  return times;
}

}  // namespace

std::string_view HttpHop::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

std::string HttpHop::version() const {
  return major == 1 ? fmt::format("1.{}", minor) : fmt::format_int(major).str();
}

Task<Result<std::string>> HttpAnswer::text(std::size_t most, Deadline deadline) {
  auto all = co_await read_all(*body, most, deadline);
  if (!all) co_return all.error().subject().empty() ? all.error().about(url.origin()) : all.error();
  co_return all;
}

HttpClient::HttpClient(HttpClientOptions options) : connector_(std::move(options)) {}

Task<Result<HttpAnswer>> HttpClient::get(HttpUrl url, Deadline deadline) {
  co_return co_await send({.url = std::move(url)}, deadline);
}

Task<Result<HttpAnswer>> HttpClient::get(std::string url, Deadline deadline) {
  auto parsed = HttpUrl::parse(url);
  if (!parsed) co_return parsed.error();
  co_return co_await send({.url = std::move(*parsed)}, deadline);
}

Task<Result<HttpAnswer>> HttpClient::send(HttpClientRequest request, Deadline deadline) {
  if (const auto checked = check_request(request); !checked) co_return checked.error();
  std::vector<HttpHop> hops;
  for (;;) {
    auto answer = co_await ask(request, deadline);
    if (!answer) co_return answer.error();
    if (!options().follow_redirects || redirect_of(*answer).empty()) {
      answer->hops = std::move(hops);
      co_return std::move(*answer);
    }
    if (request.on_redirect) request.on_redirect(*answer);
    if (hops.size() >= options().most_redirects) {
      co_return Error(Fault::limit, "follow another redirect of",
                      "it is one redirect after the other", "look where they lead")
          .about(answer->url.origin());
    }
    const auto turned = redirect(request, *answer, options().allow_downgrade);
    if (!turned) co_return turned.error();
    const bool may_serve_again =
        options().kept_connections > 0 && request.url.same_origin(answer->url);
    if (may_serve_again) co_await drain(*answer->body, deadline);
    hops.push_back(std::move(static_cast<HttpHop&>(*answer)));
  }
}

// One request, without its redirects. What cannot be repeated has a connection of its own or one
// that is heard, by others who wait or by watch(), since a kept one may have ended unnoticed.
Task<Result<HttpAnswer>> HttpClient::ask(const HttpClientRequest& request, Deadline deadline) {
  const bool repeatable = may_repeat(request);
  bool wants_new = false;
  for (int refusals = 0;;) {
    HttpLink link = wants_new ? HttpLink() : connector_.take_kept(request.url, repeatable);
    if (!link.is_there()) {
      auto made = co_await connector_.connect(request.url, deadline);
      if (!made) co_return made.error();
      link = std::move(*made);
    }
    Attempt attempt{.kept = link.kept};
    auto answer = link.http2
                      ? co_await ask_http2(std::move(link.http2), request, attempt, deadline)
                      : co_await ask_http1(std::move(link.http1), request, attempt, deadline);
    if (answer) co_return answer;
    // RFC 9112 section 9.3.1: it ended before it could know of the request.
    const bool ended = attempt.kept && repeatable && !wants_new && !attempt.heard &&
                       !attempt.may_ask_again && answer.error().fault() == Fault::closed;
    // RFC 9113 section 8.7: it says that it has not looked at it.
    const bool refused = attempt.may_ask_again && refusals++ < k_most_refusals;
    if (!ended && !refused) co_return answer;
    wants_new = wants_new || ended;
  }
}

Task<Result<HttpAnswer>> HttpClient::ask_http1(std::unique_ptr<HttpClientConnection> connection,
                                               const HttpClientRequest& request, Attempt& attempt,
                                               Deadline deadline) {
  std::optional<std::string> gathered;
  if (needs_chunks(request) && !connector_.takes_chunks(*connection)) {
    auto all = co_await gather(request, options().limits.gathered_bytes, deadline);
    if (!all) co_return all.error();
    gathered = std::move(*all);
  }
  const Instant began = Loop::current().now();
  const HttpOutgoing message = outgoing(request, options(), gathered);
  auto head = co_await connection->exchange(message, deadline);
  attempt.heard = connection->heard();
  if (!head) co_return head.error();

  connector_.note_answer(request.url, head->minor);
  HttpAnswer answer = answer_of(std::move(*head), request, connection->dialed(), attempt.kept);
  answer.times = times_of(began, connection->heard_at(), connection->dialed(), attempt.kept);
  std::unique_ptr<HttpSource> body;
  if (answer.body_bytes == 0) {
    connector_.pool()->give_back(std::move(connection));
  } else {
    body = std::make_unique<Http1ClientBody>(std::move(connection), connector_.pool(),
                                             answer.body_bytes);
  }
  answer.body = limited(std::move(body), request.url, deadline);
  co_return answer;
}

Task<Result<HttpAnswer>> HttpClient::ask_http2(std::shared_ptr<Http2ClientConnection> connection,
                                               const HttpClientRequest& request, Attempt& attempt,
                                               Deadline deadline) {
  const Instant began = Loop::current().now();
  const Http2ClientRequest message(request, options());
  auto exchange = std::make_unique<Http2ClientExchange>(connection);
  auto head = co_await exchange->ask(message, deadline);
  attempt.heard = exchange->heard();
  attempt.may_ask_again = exchange->may_ask_again();
  if (!head) co_return head.error();

  HttpAnswer answer = answer_of(std::move(*head), request, connection->dialed(), attempt.kept);
  answer.times = times_of(began, exchange->heard_at(), connection->dialed(), attempt.kept);
  // An empty body may still have its end to come.
  if (answer.body_bytes == 0 && exchange->is_over()) exchange.reset();
  answer.body = limited(std::move(exchange), request.url, deadline);
  co_return answer;
}

std::unique_ptr<HttpSource> HttpClient::limited(std::unique_ptr<HttpSource> body,
                                                const HttpUrl& url, Deadline deadline) const {
  return std::make_unique<HttpClientBody>(std::move(body),
                                          HttpBodyTerms{.origin = url.origin(),
                                                        .least_rate = options().least_rate,
                                                        .grace = options().grace,
                                                        .deadline = deadline});
}

}  // namespace patchbay
