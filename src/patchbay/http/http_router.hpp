// HttpRouter: sends each request to the handler whose route it fits.
//
//   router.get("/hello", [](HttpRequest&) { return HttpResponse::text("hello\n"); });
//   router.get("/users/{id}", show_user);            // Task<HttpResponse> show_user(HttpRequest&)
//   router.put("/files/{path...}", store);           // the rest of the path, slashes included
//   router.mount("/static", folder);                 // a handler for all below; sees what follows
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/http/http_handler.hpp"

namespace patchbay {

// A handler that may wait. A lambda that captures calls a coroutine with what it captured; it is
// none itself.
using HttpFunction = std::function<Task<HttpResponse>(HttpRequest&)>;
// One that need not.
using HttpInstant = std::function<HttpResponse(HttpRequest&)>;

// Patterns are literal but for placeholders, each a whole segment. They are compared with the path
// decoded (http_path.hpp); one that cannot be is a 400, and one that nothing fits a 404. A literal
// segment wins over a placeholder, and what was added first over what came later. HEAD is answered
// by the handler of GET; OPTIONS by the methods that the path has; another method by 405, with the
// same list.
class HttpRouter final : public HttpHandler {
 public:
  HttpRouter& add(std::string method, std::string_view pattern, HttpFunction handler);
  HttpRouter& add(std::string method, std::string_view pattern, HttpInstant handler);
  template <class Function>
  HttpRouter& get(std::string_view pattern, Function handler) {
    return add("GET", pattern, std::move(handler));
  }
  template <class Function>
  HttpRouter& post(std::string_view pattern, Function handler) {
    return add("POST", pattern, std::move(handler));
  }
  template <class Function>
  HttpRouter& put(std::string_view pattern, Function handler) {
    return add("PUT", pattern, std::move(handler));
  }
  template <class Function>
  HttpRouter& del(std::string_view pattern, Function handler) {
    return add("DELETE", pattern, std::move(handler));
  }

  // All below `prefix` ("/static"; "" for everything that has no route) goes to `handler`, whose
  // requests' path begins behind the prefix. The longest prefix wins; routes come first. It is
  // compared with the path as it was sent: "/st%61tic" is not below "/static".
  HttpRouter& mount(std::string prefix, std::shared_ptr<HttpHandler> handler);

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

 private:
  struct Route {
    std::string method;
    std::vector<std::string> segments;  // "{id}" and "{path...}" as they are
    HttpFunction waits;
    HttpInstant instant;
  };
  struct Mount {
    std::string prefix;
    std::shared_ptr<HttpHandler> handler;
  };
  // Where a request goes: to one of the two, or to an answer that is made already.
  struct Way {
    const Route* route = nullptr;
    HttpHandler* handler = nullptr;
    std::optional<HttpResponse> answer;
  };

  HttpRouter& add(Route route, std::string_view pattern);
  Way find(HttpRequest& request) const;
  const Mount* find_mount(std::string_view path) const;

  std::vector<Route> routes_;
  std::vector<Mount> mounts_;  // longest prefix first
};

}  // namespace patchbay
