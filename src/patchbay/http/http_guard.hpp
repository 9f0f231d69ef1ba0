// HttpGuard: a password in front of a handler (RFC 9110 section 11, RFC 7617).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "patchbay/http/failure_limit.hpp"
#include "patchbay/http/http_handler.hpp"

namespace patchbay {

// Knows who may come in.
class HttpPasswords {
 public:
  virtual ~HttpPasswords() = default;
  // On the loop's thread; may wait, several at a time. Takes as long for a user that does not exist
  // as for one that does.
  virtual Task<bool> check(std::string user, std::string password) = 0;
};

// What needs a password: these methods (none: all) at this path and below it ("" is everything).
struct HttpGuardRule {
  std::vector<std::string> methods = {};
  std::string path = {};  // decoded, without slashes at its ends: "private/reports"

  // `path` is decoded likewise.
  bool covers(std::string_view method, std::string_view path) const;
};

// Does any of them?
bool needs_password(const std::vector<HttpGuardRule>& rules, std::string_view method,
                    std::string_view path);

// Whoever knows a password, and how often others may guess it. Several guards share one, so that
// nobody has as many tries as there are guards.
struct HttpGuardBook {
  std::shared_ptr<HttpPasswords> passwords;
  FailureLimit failures = FailureLimit();
};

// Without a password, or with a wrong one, the answer is a 401 with a Basic challenge for `realm`;
// after ten wrong ones within a minute from an address (see FailureLimit) a 429, which says how
// long. A path that could be read in two ways is a 400, whatever the rules.
class HttpGuard final : public HttpHandler {
 public:
  HttpGuard(std::shared_ptr<HttpHandler> inner, std::shared_ptr<HttpPasswords> passwords,
            std::vector<HttpGuardRule> rules, std::string realm = "patchbay")
      : HttpGuard(std::move(inner),
                  std::make_shared<HttpGuardBook>(HttpGuardBook{.passwords = std::move(passwords)}),
                  std::move(rules), std::move(realm)) {}
  HttpGuard(std::shared_ptr<HttpHandler> inner, std::shared_ptr<HttpGuardBook> book,
            std::vector<HttpGuardRule> rules, std::string realm = "patchbay")
      : inner_(std::move(inner)),
        book_(std::move(book)),
        rules_(std::move(rules)),
        realm_(std::move(realm)) {}

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

 private:
  HttpResponse ask_for_password() const;

  std::shared_ptr<HttpHandler> inner_;
  std::shared_ptr<HttpGuardBook> book_;
  std::vector<HttpGuardRule> rules_;
  std::string realm_;
};

}  // namespace patchbay
