#include "patchbay/http/http_guard.hpp"

#include <algorithm>

#include "patchbay/http/client_network.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/wire/http_auth.hpp"
#include "patchbay/wire/http_path.hpp"

namespace patchbay {

namespace {

std::optional<BasicCredentials> credentials_of(const HttpRequest& request) {
  const std::string_view field = request.fields.get("authorization");
  if (field.empty() || request.fields.count("authorization") > 1) return std::nullopt;
  return parse_basic_credentials(field);
}

}  // namespace

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

HttpResponse HttpGuard::refuse(const IpAddress& address) const {
  Duration wait{};
  (void)book_->failures.may_try(address, Loop::current().now(), wait);
  HttpResponse response = HttpResponse::error(429, "too many wrong passwords from this address");
  response.add("Retry-After", std::to_string(wait / 1s + 1));
  return response;
}

bool HttpGuard::may_try(const IpAddress& address) const {
  Duration wait{};
  return book_->failures.may_try(address, Loop::current().now(), wait);
}

// The user that came in lately. Its memory answers at once, so the tries are counted by themselves.
bool HttpGuard::recalls(const HttpRequest& request) const {
  const auto credentials = credentials_of(request);
  if (!credentials) return false;
  const auto memory = book_->passwords->recall(credentials->user, credentials->password);
  if (memory == HttpPasswords::Memory::nothing) return false;
  const Instant now = Loop::current().now();
  const IpAddress& address = request.peer.address();
  const auto failures = book_->failures_of_users.find(credentials->user);
  Duration wait{};
  if (failures != book_->failures_of_users.end() && !failures->second.may_try(address, now, wait)) {
    return false;
  }
  if (memory == HttpPasswords::Memory::right) return true;
  book_->failures_of_users.try_emplace(credentials->user, FailureLimitOptions{.addresses = 1000})
      .first->second.failed(address, now);
  return false;
}

Task<HttpGuard::Verdict> HttpGuard::judge(const HttpRequest& request) {
  const IpAddress address = request.peer.address();
  const std::string_view field = request.fields.get("authorization");
  if (field.empty() || request.fields.count("authorization") > 1) {
    co_return may_try(address) ? Verdict::unknown : Verdict::too_many;
  }
  const std::pair key(client_network(address), std::string(field));
  for (;;) {
    const auto found = book_->under_way.find(key);
    if (found == book_->under_way.end()) break;
    const std::shared_ptr<HttpGuardCheck> check = found->second;
    if (const auto over = co_await check->over.wait(); !over) co_return Verdict::unknown;
    if (check->known) co_return *check->known ? Verdict::known : Verdict::unknown;
  }
  if (!may_try(address)) co_return Verdict::too_many;
  // Counted before it is known, or else all who guess at the same time would have a try.
  book_->failures.failed(address, Loop::current().now());
  const auto check = std::make_shared<HttpGuardCheck>();
  book_->under_way[key] = check;
  const auto credentials = parse_basic_credentials(field);
  const bool known =
      credentials && co_await book_->passwords->check(credentials->user, credentials->password);
  book_->under_way.erase(key);
  const Scope& scope = co_await current_scope();
  if (known || !scope.cancelled()) check->known = known;
  check->over.set();
  if (!known) co_return Verdict::unknown;
  book_->failures.forgive(address);
  co_return Verdict::known;
}

Task<HttpResponse> HttpGuard::answer(HttpRequest& request) {
  const auto path = decode_path(request.path);
  const bool is_guarded = path && needs_password(rules_, request.method, path->path);
  if (is_guarded && !recalls(request)) {
    const Verdict verdict = co_await judge(request);
    if (verdict == Verdict::too_many) co_return refuse(request.peer.address());
    if (verdict == Verdict::unknown) co_return ask_for_password();
  }
  if (auto now = inner_->answer_now(request)) co_return std::move(*now);
  co_return co_await inner_->answer(request);
}

}  // namespace patchbay
