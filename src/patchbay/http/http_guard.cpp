#include "patchbay/http/http_guard.hpp"

#include <algorithm>

#include "patchbay/net/loop.hpp"
#include "patchbay/wire/http_auth.hpp"
#include "patchbay/wire/http_path.hpp"

namespace patchbay {

bool HttpGuardRule::covers(std::string_view method, std::string_view asked) const {
  // Who may not GET may not learn by HEAD what there is.
  const std::string_view as = method == "HEAD" ? std::string_view("GET") : method;
  if (!methods.empty() && std::ranges::find(methods, as) == methods.end()) return false;
  if (path.empty()) return true;
  return asked.starts_with(path) && (asked.size() == path.size() || asked[path.size()] == '/');
}

bool needs_password(const std::vector<HttpGuardRule>& rules, std::string_view method,
                    std::string_view path) {
  return std::ranges::any_of(rules,
                             [&](const HttpGuardRule& rule) { return rule.covers(method, path); });
}

std::optional<HttpResponse> HttpGuard::answer_now(HttpRequest& request) {
  // Where the path is that of the rules it is the same for whoever opens the file: decoded once,
  // without dots, and nothing that could be read in two ways.
  const auto path = decode_path(request.path);
  if (!path && request.path != "*") return HttpResponse::error(400, why(path.error()));
  if (path && needs_password(rules_, request.method, path->path)) return std::nullopt;
  return inner_->answer_now(request);
}

HttpResponse HttpGuard::ask_for_password() const {
  HttpResponse response = HttpResponse::error(401, "this needs a password");
  response.add("WWW-Authenticate", format_basic_challenge(realm_));
  return response;
}

Task<HttpResponse> HttpGuard::answer(HttpRequest& request) {
  const auto path = decode_path(request.path);
  if (path && needs_password(rules_, request.method, path->path)) {
    Duration wait{};
    if (!book_->failures.may_try(request.peer.address(), Loop::current().now(), wait)) {
      HttpResponse response =
          HttpResponse::error(429, "too many wrong passwords from this address");
      response.add("Retry-After", std::to_string(wait / 1s + 1));
      co_return response;
    }
    const std::string_view field = request.fields.get("authorization");
    if (field.empty() || request.fields.count("authorization") > 1) co_return ask_for_password();
    auto credentials = parse_basic_credentials(field);
    // Counted before it is known, or else all who guess at the same time would have a try.
    book_->failures.failed(request.peer.address(), Loop::current().now());
    const bool known =
        credentials && co_await book_->passwords->check(credentials->user, credentials->password);
    if (!known) co_return ask_for_password();
    book_->failures.forgive(request.peer.address());
  }
  if (auto now = inner_->answer_now(request)) co_return std::move(*now);
  co_return co_await inner_->answer(request);
}

}  // namespace patchbay
