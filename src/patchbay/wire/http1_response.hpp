// The head of an HTTP/1 response, as a client reads it (RFC 9112 sections 4 and 6.3).
#pragma once

#include "patchbay/wire/http1_head.hpp"

namespace patchbay {

// Views of the bytes it was read from. Unless the head is complete only `refusal` means anything.
struct Http1Response {
  int status = 0;           // 100 to 999; above 599 it counts as 500 (RFC 9110 section 15)
  std::string_view reason;  // may be empty
  int minor = 1;            // HTTP/1.minor; what is above 1 counts as 1
  HttpFields fields;
  HttpFraming framing;       // of the body that follows, for the method that was asked with
  bool keep_alive = false;   // another request may follow on this connection
  std::size_t bytes = 0;     // length of the head; the body begins there
  HttpRefusal refusal = {};  // 431 where a limit was passed, otherwise 502
};

// Reads the head at the front of `bytes`, for an answer to a request with this method: the answer
// to HEAD has no body whatever its fields say, nor have 1xx, 204, 304 and 2xx to CONNECT. An
// interim answer (1xx but 101) is followed by another head.
//
// A folded field is refused, though RFC 9112 section 5.2 lets a user agent read it: nobody sends
// one on purpose.
HeadState parse_response(std::string_view bytes, std::string_view method, const Http1Limits& limits,
                         Http1Response& response);

}  // namespace patchbay
