// HttpClient: asks HTTP servers over HTTP/1.1, with and without TLS.
//
//   HttpClient client;
//   auto answer = co_await client.get("https://example.net/", Deadline::after(10s));
//   if (!answer) co_return answer.error();
//   auto text = co_await answer->text(1 << 20);
//
// Connections are kept for the next request to the same origin. Redirects are followed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "patchbay/http/http_client_pool.hpp"
#include "patchbay/net/tls_context.hpp"

namespace patchbay {

struct HttpClientOptions {
  TlsClientOptions tls = {};  // the protocols on offer are the client's own affair
  ConnectOptions connect = {};
  HttpClientLimits limits = {};
  bool follow_redirects = true;     // false: a 3xx is an answer like any other
  std::size_t most_redirects = 10;  // of one request; one more is `limit`
  bool allow_downgrade = false;     // from https to http
  // The least rate of a body, in bytes a second, counted from its beginning on and after a time of
  // grace. 0: as slow as it likes.
  std::uint64_t least_rate = 0;
  Duration grace = 10s;
  std::size_t kept_connections = 8;  // idle ones, to all origins together; 0 keeps none
  Duration kept_for = 30s;           // since they were last used
  std::string user_agent = "patchbay";
};

struct HttpClientRequest {
  std::string method = "GET";  // a token, as it is to be sent
  HttpUrl url;
  // All but those that frame the message. They replace what the client would say by itself (Host,
  // User-Agent, Accept, Accept-Encoding). Authorization, Proxy-Authorization, Cookie and Host are
  // not carried to another origin by a redirect.
  HttpFieldList fields = {};
  // A source lives until the answer is there, and is read once: a redirect that asks for the body
  // again is an error then.
  std::variant<std::monostate, std::string, HttpSource*> body = {};
};

// How long it took. What was not done took no time.
struct HttpTimes {
  Duration connect{};     // looking the name up and connecting
  Duration handshake{};   // of TLS
  Duration first_byte{};  // from the request to the first byte of its answer
  Duration head{};        // all until the head was there
};

// One request and the head of its answer. The texts are the server's: escape them.
struct HttpHop {
  std::string method;
  HttpUrl url;
  int status = 0;
  int minor = 1;  // HTTP/1.minor
  std::string reason;
  HttpFieldList fields;
  Endpoint peer;
  std::optional<TlsInfo> tls;
  bool kept_connection = false;  // it had served another request before
  HttpTimes times;

  // The first of this name, in whatever case; empty where there is none.
  std::string_view field(std::string_view name) const;
};

struct HttpAnswer : HttpHop {
  std::vector<HttpHop> hops;                // the redirects that led here
  std::optional<std::uint64_t> body_bytes;  // where the head told; 0: there is none
  // Never null. Reads as fast as it is asked to. When it has been read to its end the connection is
  // kept; when it is dropped before that, closed. The deadline of the request limits it too. It may
  // outlive the client. Faults: those of the stream; `closed` when the server ended in the middle,
  // `protocol` for a broken framing, `timed_out` when it is slower than the least rate.
  std::unique_ptr<HttpSource> body;

  // All of the body, as it came: a content coding is the caller's affair. `limit` when it has more
  // than `most` bytes.
  Task<Result<std::string>> text(std::size_t most, Deadline deadline = {});
};

// For the tasks of one loop, several at a time; lives until they have their answers.
class HttpClient {
 public:
  explicit HttpClient(HttpClientOptions options = {});

  // Any status is an answer. `deadline` limits everything, the body of the answer included. Faults:
  // those of dial_http; `closed` when the server ended without an answer, `protocol` for an answer
  // that is none, a redirect to nowhere or a request that may not be sent, `limit` for heads that
  // are too long and redirects without an end, `permission` for a redirect from https to http.
  Task<Result<HttpAnswer>> send(HttpClientRequest request, Deadline deadline = {});
  Task<Result<HttpAnswer>> get(HttpUrl url, Deadline deadline = {});
  Task<Result<HttpAnswer>> get(std::string url, Deadline deadline = {});

  const HttpClientOptions& options() const { return options_; }
  std::size_t kept_connections() const { return pool_->size(); }

 private:
  Task<Result<HttpAnswer>> ask(const HttpClientRequest& request, Deadline deadline);
  Task<Result<HttpAnswer>> ask_on(std::unique_ptr<HttpClientConnection> connection, bool kept,
                                  const HttpClientRequest& request, bool& heard, Deadline deadline);
  Task<Result<std::unique_ptr<HttpClientConnection>>> dial(const HttpUrl& url, Deadline deadline);

  HttpClientOptions options_;
  std::optional<TlsContext> tls_;
  std::shared_ptr<HttpClientPool> pool_;
};

}  // namespace patchbay
