// HttpAnswerPlan: what of an answer is sent, whatever the version it travels by.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "patchbay/http/http_response.hpp"

namespace patchbay {

// May an answer with this status have a body? (RFC 9110 section 6.4.1)
bool status_has_body(int status);

struct HttpAnswerPlan {
  bool has_body = true;                 // false: HEAD, 204, 205, 304
  std::optional<std::uint64_t> length;  // what Content-Length is to say, if it is to be said
  bool is_counted = true;               // the length of the body is known beforehand
};

// Of HEAD the length is that of the body there is, and what the answer itself says of it where it
// has none (RFC 9110 section 8.6). A 205 is empty (section 15.3.6).
HttpAnswerPlan plan_answer(const HttpResponse& response, std::string_view method);

}  // namespace patchbay
