// Handlers in front of handlers: fields that every answer gets, hosts with sites of their own, the
// way to TLS, a handler that can be exchanged while the server runs.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "patchbay/http/http_handler.hpp"

namespace patchbay {

// Adds fields to every answer of another handler, beside those of the same name that it has.
class HttpAddedFields final : public HttpHandler {
 public:
  HttpAddedFields(std::shared_ptr<HttpHandler> inner, HttpFieldList fields)
      : inner_(std::move(inner)), fields_(std::move(fields)) {}

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

 private:
  std::shared_ptr<HttpHandler> inner_;
  HttpFieldList fields_;
};

// Lets pages of another origin read the answers (CORS, Fetch standard section 3.2): "*", or one
// origin such as "https://app.example". Answers the browser's question beforehand by itself.
class HttpCors final : public HttpHandler {
 public:
  // What the question about a request is answered with: "GET, HEAD, PUT". It promises no more than
  // the handler keeps.
  using Methods = std::function<std::string_view(const HttpRequest&)>;
  HttpCors(std::shared_ptr<HttpHandler> inner, std::string origin, Methods methods)
      : inner_(std::move(inner)), origin_(std::move(origin)), methods_(std::move(methods)) {}
  HttpCors(std::shared_ptr<HttpHandler> inner, std::string origin, std::string methods)
      : HttpCors(std::move(inner), std::move(origin),
                 [methods = std::move(methods)](const HttpRequest&) -> std::string_view {
                   return methods;
                 }) {}

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

 private:
  bool is_question(const HttpRequest& request) const;
  HttpResponse answer_question(const HttpRequest& request) const;
  void allow(HttpResponse& response) const;

  std::shared_ptr<HttpHandler> inner_;
  std::string origin_;
  Methods methods_;
};

// One handler a host name; the others go to `otherwise`. Names are compared without case, port and
// final dot.
class HttpHosts final : public HttpHandler {
 public:
  explicit HttpHosts(std::shared_ptr<HttpHandler> otherwise) : otherwise_(std::move(otherwise)) {}
  void add(std::string_view host, std::shared_ptr<HttpHandler> handler);

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

 private:
  HttpHandler& handler_for(const HttpRequest& request) const;

  std::map<std::string, std::shared_ptr<HttpHandler>, std::less<>> handlers_;
  std::shared_ptr<HttpHandler> otherwise_;
};

// Sends whoever comes without TLS to the same target with it, by 308 (RFC 9110 section 15.4.9): a
// form goes there as a form. A client that names no host (HTTP/1.0) is answered 400.
class HttpToTls final : public HttpHandler {
 public:
  // `port`: where TLS is spoken.
  HttpToTls(std::shared_ptr<HttpHandler> inner, std::uint16_t port)
      : inner_(std::move(inner)), port_(port) {}

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

 private:
  HttpResponse redirect(const HttpRequest& request) const;

  std::shared_ptr<HttpHandler> inner_;
  std::uint16_t port_;
};

// In front of a server that can be reached from this host only. A request for another name comes
// from a page that was led here by a forged address (DNS rebinding): to its browser everything here
// were of that page's own origin, so all of it is refused (403).
class HttpLocalNames final : public HttpHandler {
 public:
  explicit HttpLocalNames(std::shared_ptr<HttpHandler> inner) : inner_(std::move(inner)) {}

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

 private:
  bool knows(std::string_view host);
  static Task<HttpResponse> refuse();

  std::shared_ptr<HttpHandler> inner_;
  std::string known_;  // the last one: nearly all requests name the same
};

// A handler that is exchanged as a whole. Requests in work keep the one they began with.
class HttpExchangeable final : public HttpHandler {
 public:
  // `refresh` is asked on the loop's thread before each request, and returns the handler from then
  // on, or null: the one that there is stays.
  using Refresh = std::function<std::shared_ptr<HttpHandler>()>;
  HttpExchangeable(std::shared_ptr<HttpHandler> first, Refresh refresh)
      : current_(std::move(first)), refresh_(std::move(refresh)) {}

  // At once; also for `refresh` to call, which then returns nothing.
  void exchange(std::shared_ptr<HttpHandler> next) { current_ = std::move(next); }

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

 private:
  std::shared_ptr<HttpHandler> current_;
  Refresh refresh_;
};

// "Example.COM.:8080" is "example.com".
std::string host_name_of(std::string_view host);

// "localhost" and what ends in it, addresses, and no name at all: what only this host can be asked
// by, and no page of another one.
bool is_local_name(std::string_view host);

}  // namespace patchbay
