// HttpHandler: whoever answers requests: a route's function, a folder, a proxy, a whole site.
#pragma once

#include <optional>

#include "patchbay/http/http_request.hpp"
#include "patchbay/http/http_response.hpp"

namespace patchbay {

// A handler belongs to one loop; several requests may be in work at a time. Whatever goes wrong is
// an answer: it neither fails nor throws.
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;

  // The answer, where it is to be had without waiting for anything. Nothing: answer() is asked with
  // the same request. Saves a coroutine for what most requests are.
  virtual std::optional<HttpResponse> answer_now(HttpRequest& request) {
    (void)request;
    return std::nullopt;
  }
  // `request` and its body live until the answer has been sent. Cancelled when the client leaves
  // before it, or takes its request back (HTTP/2), and its answer is dropped then; and when a
  // server that stops has waited for `grace`.
  virtual Task<HttpResponse> answer(HttpRequest& request) = 0;
};

}  // namespace patchbay
