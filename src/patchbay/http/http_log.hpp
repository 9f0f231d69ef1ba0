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
  Duration took{};               // from the request's head to the answer's last byte
  bool complete = true;          // false: it was cut short
};

class HttpLog {
 public:
  virtual ~HttpLog() = default;
  // On the loop's thread. `request` is null where what came could not be read as one (400).
  virtual void answered(const HttpRequest* request, const Endpoint& peer,
                        const HttpAnswered& answer) = 0;
  virtual void connected() {}
  virtual void disconnected() {}
};

}  // namespace patchbay
