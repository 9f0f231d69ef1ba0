// HttpAnswerHead: the head of an answer as a client has it, whatever version it travelled in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "patchbay/http/http_response.hpp"

namespace patchbay {

struct HttpAnswerHead {
  int status = 0;
  int major = 1;  // HTTP/major.minor; of HTTP/2 the minor is 0
  int minor = 1;
  std::string reason;  // HTTP/2 has none
  HttpFieldList fields;
  std::optional<std::uint64_t> body_bytes;  // where the head told; 0: there is none
};

}  // namespace patchbay
