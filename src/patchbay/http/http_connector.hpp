// HttpConnector: where a client's connections come from: kept ones, shared ones, new ones.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "patchbay/http/http_client_options.hpp"
#include "patchbay/http/http_client_pool.hpp"
#include "patchbay/net/event.hpp"

namespace patchbay {

class Http2ClientConnection;
class Http2ClientPool;

// One of the two, or neither.
struct HttpLink {
  std::unique_ptr<HttpClientConnection> http1 = {};
  std::shared_ptr<Http2ClientConnection> http2 = {};
  bool kept = false;  // it has served another request before

  bool is_there() const { return http1 != nullptr || http2 != nullptr; }
};

class HttpConnector {
 public:
  explicit HttpConnector(HttpClientOptions options);

  const HttpClientOptions& options() const { return options_; }
  const std::shared_ptr<HttpClientPool>& pool() const { return pool_; }
  std::size_t kept() const;  // idle ones

  // A connection that is there. What cannot be repeated gets none that may have ended unnoticed.
  HttpLink take_kept(const HttpUrl& url, bool repeatable);
  // A new one, or one that somebody else is making just now and that can be shared. Faults: those
  // of TlsContext::client() and dial_http(); `protocol` where HTTP/2 is wanted, and the server does
  // not speak it.
  Task<Result<HttpLink>> connect(HttpUrl url, Deadline deadline);
  // May a body come in chunks (RFC 9112 section 6.1)? By what the server has said, or the caller.
  bool takes_chunks(const HttpClientConnection& connection) const;
  // A server of HTTP/1 has answered in HTTP/1.`minor`.
  void note_answer(const HttpUrl& url, int minor);
  // As HttpClient::watch().
  Task<Result<>> watch();

 private:
  // A connection on its way. Others to the same origin wait for it, as they might share it.
  struct Dialing {
    Event done;
  };
  using Dialings = std::map<std::string, std::shared_ptr<Dialing>>;  // by origin

  Task<Result<HttpLink>> dial(const HttpUrl& url, Deadline deadline);
  Result<HttpLink> link_of(const HttpUrl& url, HttpDialed dialed);
  Result<> prepare_tls();
  bool may_be_shared(const HttpUrl& url) const;

  HttpClientOptions options_;
  std::optional<TlsContext> tls_;
  std::shared_ptr<HttpClientPool> pool_;
  std::shared_ptr<Http2ClientPool> shared_;
  std::shared_ptr<Dialings> dialings_;
  std::set<std::string> http1_only_;  // origins that have chosen it
  std::set<std::string> http11_;      // origins that have answered in it
};

}  // namespace patchbay
