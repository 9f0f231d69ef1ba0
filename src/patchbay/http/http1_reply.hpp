// Http1Reply: how an answer is framed for one HTTP/1 client (RFC 9112 section 6), and its head.
#pragma once

#include <string>

#include "patchbay/http/http_response.hpp"
#include "patchbay/wire/http1_request.hpp"

namespace patchbay {

struct Http1Reply {
  std::optional<std::uint64_t> length;  // of the body that a GET would have
  bool chunked = false;
  bool has_body = true;  // false: HEAD, 204, 304
  bool persists = true;  // another request may follow
  int minor = 1;         // of the client's version

  // `may_persist`: as far as the server and the request are concerned.
  static Http1Reply plan(const HttpResponse& response, std::string_view method, int minor,
                         bool may_persist);
};

// Appends status line, fields and the empty line. `date` is the value of Date.
void append_head(std::string& out, const HttpResponse& response, const Http1Reply& reply,
                 std::string_view date);

}  // namespace patchbay
