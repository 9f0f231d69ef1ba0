// Http1Reply: how an answer is framed for one HTTP/1 client (RFC 9112 section 6), and its head.
#pragma once

#include <string>

#include "patchbay/http/http_request.hpp"
#include "patchbay/http/http_response.hpp"
#include "patchbay/wire/http1_request.hpp"

namespace patchbay {

struct Http1Reply {
  std::optional<std::uint64_t> length;  // what Content-Length says; see plan_answer()
  bool chunked = false;
  bool has_body = true;
  bool persists = true;  // another request may follow
  int minor = 1;         // of the client's version

  // `may_persist`: as far as the server and the request are concerned.
  static Http1Reply plan(const HttpResponse& response, std::string_view method, int minor,
                         bool may_persist);
};

// Holds an answer to what RFC 9110 section 7.8 says of Upgrade. A 101 goes to a client that offered
// its protocol, by HTTP/1.1, and names it: the one on offer where the handler named none. Anybody
// else gets a 426 in its place. A 426 that names no protocol is a 400.
void settle_upgrade(HttpResponse& response, const HttpRequest& request);
// In place of a 101 that cannot be sent since the body before it does not end.
void refuse_upgrade(HttpResponse& response);

// Appends status line, fields and the empty line. `date` is the value of Date.
void append_head(std::string& out, const HttpResponse& response, const Http1Reply& reply,
                 std::string_view date);

}  // namespace patchbay
