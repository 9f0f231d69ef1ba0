// HttpLog: is told of every answer that was sent, and of every connection. For access logs and
// metrics.
#pragma once

#include <cstdint>

#include "patchbay/http/http_request.hpp"

namespace patchbay {

// The status of a request whose client left before it was answered: none of HTTP's, but nginx's,
// and so what programs that read logs know.
inline constexpr int k_client_left = 499;

struct HttpAnswered {
  int status = 0;
  std::uint64_t body_bytes = 0;  // sent of the body
  Duration took{};               // from the request's head until the last byte was handed over
  bool complete = true;          // false: it was cut short
};

class HttpLog {
 public:
  virtual ~HttpLog() = default;
  // All of these on the loop's thread, and none may wait. `request` is null where what came could
  // not be read as one; it and its views are gone afterwards.
  virtual void answered(const HttpRequest* request, const Endpoint& peer,
                        const HttpAnswered& answer) = 0;
  // When a connection was accepted, before its TLS; and when it is over.
  virtual void connected() {}
  virtual void disconnected() {}
};

}  // namespace patchbay
