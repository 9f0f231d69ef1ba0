#include "patchbay/http/http_client.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "patchbay/http/http_client_request.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_drained_bytes = 64 * 1024;  // of a redirect, to save the connection

// The body of an answer. It has the connection for as long as there is something to read.
class HttpClientBody final : public HttpSource {
 public:
  HttpClientBody(std::unique_ptr<HttpClientConnection> connection,
                 std::shared_ptr<HttpClientPool> pool, const HttpClientOptions& options,
                 std::optional<std::uint64_t> size, Deadline deadline)
      : connection_(std::move(connection)),
        pool_(std::move(pool)),
        origin_(connection_->origin().origin()),
        size_(size),
        deadline_(deadline),
        least_rate_(options.least_rate),
        grace_(options.grace) {
    if (size == 0) pool_->give_back(std::move(connection_));
  }

  std::optional<std::uint64_t> size() const override { return size_; }

  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override {
    if (failure_) co_return *failure_;
    if (!connection_) co_return std::size_t{0};
    const Deadline limit = deadline.or_earlier(deadline_);
    const Instant began = Loop::current().now();
    const Deadline slowest = slowest_allowed();
    const auto got = co_await connection_->read_body(into, limit.or_earlier(slowest));
    waited_ += Loop::current().now() - began;
    if (!got) {
      const bool slow = got.error().fault() == Fault::timed_out && slowest.at() < limit.at();
      failure_ = slow ? too_slow() : got.error();
      connection_.reset();
      co_return *failure_;
    }
    read_bytes_ += *got;
    if (*got == 0) pool_->give_back(std::move(connection_));
    co_return *got;
  }

 private:
  Deadline slowest_allowed() const {
    if (least_rate_ == 0) return Deadline::never();
    constexpr std::uint64_t longest = 1'000'000'000;
    const std::chrono::seconds earned(std::min(read_bytes_ / least_rate_, longest));
    return Deadline::after(grace_ + earned - waited_);
  }
  Error too_slow() const {
    return Error(Fault::timed_out, "read the whole answer of",
                 "it comes slower than the least rate that is allowed", "allow a lower rate")
        .about(origin_);
  }

  std::unique_ptr<HttpClientConnection> connection_;
  std::shared_ptr<HttpClientPool> pool_;
  std::string origin_;
  std::optional<std::uint64_t> size_;
  Deadline deadline_;
  std::uint64_t least_rate_;
  Duration grace_;
  Duration waited_{};  // for the server, and not for whoever reads
  std::uint64_t read_bytes_ = 0;
  std::optional<Error> failure_;
};

// Reads what is left of a short body, so that the connection serves once more. That it cannot is
// no fault: it is closed then.
Task<> drain(HttpSource& body, Deadline deadline) {
  if (body.size().value_or(0) > k_drained_bytes) co_return;
  std::array<std::byte, 8192> piece;
  for (std::size_t total = 0; total < k_drained_bytes;) {
    const auto got = co_await body.read(piece, deadline);
    if (!got || *got == 0) co_return;
    total += *got;
  }
}

TlsClientOptions with_protocol(TlsClientOptions options) {
  options.alpn = {"http/1.1"};
  return options;
}

}  // namespace

std::string_view HttpHop::field(std::string_view name) const {
  for (const auto& [key, value] : fields) {
    if (equal_ignoring_case(key, name)) return value;
  }
  return {};
}

Task<Result<std::string>> HttpAnswer::text(std::size_t most, Deadline deadline) {
  auto all = co_await read_all(*body, most, deadline);
  if (!all) co_return all.error().subject().empty() ? all.error().about(url.origin()) : all.error();
  co_return all;
}

HttpClient::HttpClient(HttpClientOptions options)
    : options_(std::move(options)),
      pool_(std::make_shared<HttpClientPool>(options_.kept_connections, options_.kept_for)) {}

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
    if (!options_.follow_redirects || redirect_of(*answer).empty()) {
      answer->hops = std::move(hops);
      co_return std::move(*answer);
    }
    if (hops.size() >= options_.most_redirects) {
      co_return Error(Fault::limit, "follow another redirect of",
                      "it is one redirect after the other", "look where they lead")
          .about(answer->url.origin());
    }
    const auto turned = redirect(request, *answer, options_.allow_downgrade);
    if (!turned) co_return turned.error();
    co_await drain(*answer->body, deadline);
    hops.push_back(std::move(static_cast<HttpHop&>(*answer)));
  }
}

// One request, without its redirects. What cannot be repeated has a connection of its own, since a
// kept one may end just when it is used again.
Task<Result<HttpAnswer>> HttpClient::ask(const HttpClientRequest& request, Deadline deadline) {
  if (may_repeat(request)) {
    if (auto kept = pool_->take(request.url)) {
      bool heard = false;
      auto answer = co_await ask_on(std::move(kept), true, request, heard, deadline);
      // RFC 9112 section 9.3.1: it ended before it could know of the request.
      const bool ended = !answer && !heard && answer.error().fault() == Fault::closed;
      if (!ended) co_return answer;
    }
  }
  auto connection = co_await dial(request.url, deadline);
  if (!connection) co_return connection.error();
  bool heard = false;
  co_return co_await ask_on(std::move(*connection), false, request, heard, deadline);
}

Task<Result<HttpAnswer>> HttpClient::ask_on(std::unique_ptr<HttpClientConnection> connection,
                                            bool kept, const HttpClientRequest& request,
                                            bool& heard, Deadline deadline) {
  const HttpDialed& dialed = connection->dialed();
  const Instant began = Loop::current().now();
  const HttpOutgoing message = outgoing(request, options_);
  auto head = co_await connection->exchange(message, deadline);
  heard = connection->heard();
  if (!head) co_return head.error();

  HttpAnswer answer;
  answer.method = request.method;
  answer.url = request.url;
  answer.status = head->status;
  answer.minor = head->minor;
  answer.reason = std::move(head->reason);
  answer.fields = std::move(head->fields);
  answer.peer = dialed.peer;
  answer.tls = dialed.tls;
  answer.kept_connection = kept;
  answer.times = {.first_byte = connection->heard_at() - began,
                  .head = Loop::current().now() - began};
  if (!kept) {
    answer.times.connect = dialed.connect;
    answer.times.handshake = dialed.handshake;
    answer.times.head += dialed.connect + dialed.handshake;
  }
  answer.body_bytes = head->body_bytes;
  answer.body = std::make_unique<HttpClientBody>(std::move(connection), pool_, options_,
                                                 answer.body_bytes, deadline);
  co_return answer;
}

Task<Result<std::unique_ptr<HttpClientConnection>>> HttpClient::dial(const HttpUrl& url,
                                                                     Deadline deadline) {
  if (url.secure && !tls_) {
    auto context = TlsContext::client(with_protocol(options_.tls));
    if (!context) co_return context.error();
    tls_ = std::move(*context);
  }
  auto dialed = co_await dial_http(
      url, {.tls = url.secure ? &*tls_ : nullptr, .connect = options_.connect}, deadline);
  if (!dialed) co_return dialed.error();
  co_return std::make_unique<HttpClientConnection>(url, std::move(*dialed), options_.limits);
}

}  // namespace patchbay
