// HttpClient: asks HTTP servers over HTTP/1.1 and HTTP/2, with and without TLS.
//
//   HttpClient client;
//   auto answer = co_await client.get("https://example.net/", Deadline::after(10s));
//   if (!answer) co_return answer.error();
//   auto text = co_await answer->text(1 << 20);
//
// Connections are kept for the next request to the same origin; those of HTTP/2 are shared by
// requests at the same time. Redirects are followed. Which version was spoken an answer tells, and
// nothing else depends on it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "patchbay/http/http_connector.hpp"
#include "patchbay/http/http_source.hpp"

namespace patchbay {

struct HttpHop;

struct HttpClientRequest {
  std::string method = "GET";  // a token, as it is to be sent
  HttpUrl url;
  // All but those that frame the message. They replace what the client would say by itself (Host,
  // User-Agent, Accept, Accept-Encoding). Authorization, Proxy-Authorization, Cookie and Host are
  // not carried to another origin by a redirect.
  HttpFieldList fields = {};
  // A source is read once: a redirect that asks for the body again is an error then. It lives until
  // the answer is there; one that survives a cancel (HttpSource) until the body of the answer has
  // come to its end or is dropped, since an answer of 2xx may be there before all is sent: then the
  // rest is sent while its body is read. Over HTTP/1 one without a size travels in chunks to a
  // server that has answered in HTTP/1.1 before, has chosen it (ALPN) or is said to speak it
  // (HttpVersions::http1); for any other it is gathered first (HttpClientLimits::gathered_bytes).
  std::variant<std::monostate, std::string, HttpSource*> body = {};
  // Of further fields that a redirect does not carry to another origin.
  std::vector<std::string> private_names = {};
  // Is told of each answer that leads elsewhere, also of one that cannot be followed.
  std::function<void(const HttpHop&)> on_redirect = {};
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
  int major = 1;  // HTTP/major.minor; of HTTP/2 the minor is 0
  int minor = 1;
  std::string reason;  // HTTP/2 has none
  HttpFieldList fields;
  Endpoint peer;
  std::optional<TlsInfo> tls;
  bool kept_connection = false;  // it had served another request before
  HttpTimes times;

  // The first of this name, in whatever case; empty where there is none.
  std::string_view field(std::string_view name) const;
  std::string version() const;  // "1.1", "2"
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
  // are too long, redirects without an end and a body that is too long to be gathered, `permission`
  // for a redirect from https to http.
  Task<Result<HttpAnswer>> send(HttpClientRequest request, Deadline deadline = {});
  Task<Result<HttpAnswer>> get(HttpUrl url, Deadline deadline = {});
  Task<Result<HttpAnswer>> get(std::string url, Deadline deadline = {});

  // Beside the requests, until it is cancelled: looks after kept connections while nobody waits for
  // an answer on them. One that its server ends, or is about to (GOAWAY), is closed and not used
  // again; over HTTP/2 a PING is answered at once, and what cannot be repeated needs no new
  // connection. Without this the next request finds out. The client outlives it.
  //
  //   co_await either(work(client), client.watch());
  Task<Result<>> watch() { co_return co_await connector_.watch(); }

  const HttpClientOptions& options() const { return connector_.options(); }
  std::size_t kept_connections() const { return connector_.kept(); }  // idle ones

 private:
  // What one attempt came to, apart from its answer.
  struct Attempt {
    bool kept = false;           // on a connection that had served another request before
    bool heard = false;          // something of an answer
    bool may_ask_again = false;  // the server has not looked at the request
  };

  Task<Result<HttpAnswer>> ask(const HttpClientRequest& request, Deadline deadline);
  Task<Result<HttpAnswer>> ask_http1(std::unique_ptr<HttpClientConnection> connection,
                                     const HttpClientRequest& request, Attempt& attempt,
                                     Deadline deadline);
  Task<Result<HttpAnswer>> ask_http2(std::shared_ptr<Http2ClientConnection> connection,
                                     const HttpClientRequest& request, Attempt& attempt,
                                     Deadline deadline);
  std::unique_ptr<HttpSource> limited(std::unique_ptr<HttpSource> body, const HttpUrl& url,
                                      Deadline deadline) const;

  HttpConnector connector_;
};

}  // namespace patchbay
