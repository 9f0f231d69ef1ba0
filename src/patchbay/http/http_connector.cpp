#include "patchbay/http/http_connector.hpp"

#include <iterator>
#include <utility>

#include "patchbay/http/http2_client_pool.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_remembered = 256;

// One more than fits costs another its place, and one that is known already costs nobody any.
void remember(std::set<std::string>& origins, std::string origin) {
  const auto [place, is_new] = origins.insert(std::move(origin));
  if (origins.size() <= k_most_remembered) return;
  origins.erase(place == origins.begin() ? std::prev(origins.end()) : origins.begin());
}

}  // namespace

HttpConnector::HttpConnector(HttpClientOptions options)
    : options_(std::move(options)),
      pool_(std::make_shared<HttpClientPool>(options_.kept_connections, options_.kept_for)),
      shared_(std::make_shared<Http2ClientPool>(options_.kept_connections, options_.kept_for)),
      dialings_(std::make_shared<Dialings>()) {}

std::size_t HttpConnector::kept() const { return pool_->size() + shared_->idle(); }

Task<Result<>> HttpConnector::watch() { co_return co_await both(pool_->watch(), shared_->watch()); }

bool HttpConnector::may_be_shared(const HttpUrl& url) const {
  if (options_.kept_connections == 0) return false;
  if (options_.versions == HttpVersions::http2) return true;
  return options_.versions == HttpVersions::any && url.secure &&
         !http1_only_.contains(url.origin());
}

HttpLink HttpConnector::take_kept(const HttpUrl& url, bool repeatable) {
  if (auto shared = shared_->find(url, !repeatable)) {
    const bool kept = !shared->is_fresh();
    return {.http2 = std::move(shared), .kept = kept};
  }
  if (!repeatable) return {};
  return {.http1 = pool_->take(url), .kept = true};
}

Task<Result<HttpLink>> HttpConnector::connect(HttpUrl url, Deadline deadline) {
  if (!may_be_shared(url)) co_return co_await dial(url, deadline);
  const std::string origin = url.origin();
  if (const auto found = dialings_->find(origin); found != dialings_->end()) {
    const std::shared_ptr<Dialing> dialing = found->second;
    if (const auto done = co_await dialing->done.wait(deadline); !done) {
      co_return done.error().about(origin);
    }
    if (auto shared = shared_->find(url, false)) {
      const bool kept = !shared->is_fresh();
      co_return HttpLink{.http2 = std::move(shared), .kept = kept};
    }
  }
  // Several may be here at once when the one they waited for came to nothing: the first of them has
  // the place, and the others none.
  struct Registered {
    Registered(std::shared_ptr<Dialings> all, std::string key)
        : dialings(std::move(all)), origin(std::move(key)), mine(std::make_shared<Dialing>()) {
      dialings->try_emplace(origin, mine);
    }
    ~Registered() {
      const auto place = dialings->find(origin);
      if (place != dialings->end() && place->second == mine) dialings->erase(place);
      mine->done.set();
    }
    Registered(const Registered&) = delete;
    Registered& operator=(const Registered&) = delete;
    std::shared_ptr<Dialings> dialings;
    std::string origin;
    std::shared_ptr<Dialing> mine;
  };
  const Registered registered(dialings_, origin);
  co_return co_await dial(url, deadline);
}

Task<Result<HttpLink>> HttpConnector::dial(const HttpUrl& url, Deadline deadline) {
  if (url.secure) {
    if (const auto prepared = prepare_tls(); !prepared) co_return prepared.error();
  }
  auto dialed = co_await dial_http(
      url, {.tls = url.secure ? &*tls_ : nullptr, .connect = options_.connect}, deadline);
  if (!dialed) co_return dialed.error();
  co_return link_of(url, std::move(*dialed));
}

Result<HttpLink> HttpConnector::link_of(const HttpUrl& url, HttpDialed dialed) {
  const bool chosen = dialed.tls && dialed.tls->alpn == "h2";
  const bool wanted = options_.versions == HttpVersions::http2;
  if (url.secure && wanted && !chosen) {
    return Error(Fault::protocol, "speak HTTP/2 with", "the server does not offer it",
                 "ask it over HTTP/1.1")
        .about(url.origin());
  }
  if (chosen || (!url.secure && wanted)) {
    auto made = Http2ClientConnection::make(url, std::move(dialed), options_.limits);
    if (!made) return made.error();
    shared_->add(*made);
    return HttpLink{.http2 = std::move(*made)};
  }
  if (url.secure && options_.versions == HttpVersions::any) remember(http1_only_, url.origin());
  return HttpLink{
      .http1 = std::make_unique<HttpClientConnection>(url, std::move(dialed), options_.limits)};
}

bool HttpConnector::takes_chunks(const HttpClientConnection& connection) const {
  const auto& tls = connection.dialed().tls;
  return options_.versions == HttpVersions::http1 || (tls && tls->alpn == "http/1.1") ||
         http11_.contains(connection.origin().origin());
}

void HttpConnector::note_answer(const HttpUrl& url, int minor) {
  if (minor == 0) {
    http11_.erase(url.origin());
  } else {
    remember(http11_, url.origin());
  }
}

Result<> HttpConnector::prepare_tls() {
  if (tls_) return ok();
  TlsClientOptions wanted = options_.tls;
  // Also where only HTTP/2 will do: whoever is offered nothing else may hang up without a word.
  wanted.alpn = {"h2", "http/1.1"};
  if (options_.versions == HttpVersions::http1) wanted.alpn = {"http/1.1"};
  auto context = TlsContext::client(std::move(wanted));
  if (!context) return context.error();
  tls_ = std::move(*context);
  return ok();
}

}  // namespace patchbay
