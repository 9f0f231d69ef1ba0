// HttpGuard: a password in front of a handler (RFC 9110 section 11, RFC 7617).
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/http/failure_limit.hpp"
#include "patchbay/http/http_handler.hpp"
#include "patchbay/net/event.hpp"

namespace patchbay {

// Knows who may come in.
class HttpPasswords {
 public:
  virtual ~HttpPasswords() = default;
  // What can be said of a password without a check: it is the one with which this user came in
  // lately, or another one than that; or nothing, which is what there is to say of most.
  enum class Memory : std::uint8_t { nothing, right, other };
  virtual Memory recall(std::string_view user, std::string_view password) {
    (void)user, (void)password;
    return Memory::nothing;
  }
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

// A check of a password that is under way, for all who say the same meanwhile.
struct HttpGuardCheck {
  Event over;
  std::optional<bool> known;  // nothing: whoever began it has left
};

// Whoever knows a password, and how often others may guess it. Several guards share one, so that
// nobody has as many tries as there are guards.
struct HttpGuardBook {
  std::shared_ptr<HttpPasswords> passwords;
  FailureLimit failures = FailureLimit();
  // Wrong passwords for those who came in lately, who are let in past the limit of their address:
  // so the memory of them gives nobody more tries than a check would.
  std::map<std::string, FailureLimit, std::less<>> failures_of_users = {};
  // By the address (client_network()) and what it says.
  std::map<std::pair<IpAddress, std::string>, std::shared_ptr<HttpGuardCheck>> under_way = {};
};

// Without a password, or with a wrong one, the answer is a 401 with a Basic challenge for `realm`;
// after ten wrong ones within a minute from an address (see FailureLimit) a 429, which says how
// long. Who came in lately comes in all the same, unless it is that user's password that was
// guessed at so often. What one address says several times at once is one try. A path that could be
// read in two ways is a 400, whatever the rules.
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
  enum class Verdict : std::uint8_t { known, unknown, too_many };
  HttpResponse ask_for_password() const;
  HttpResponse refuse(const IpAddress& address) const;
  bool recalls(const HttpRequest& request) const;
  Task<Verdict> judge(const HttpRequest& request);
  bool may_try(const IpAddress& address) const;

  std::shared_ptr<HttpHandler> inner_;
  std::shared_ptr<HttpGuardBook> book_;
  std::vector<HttpGuardRule> rules_;
  std::string realm_;
};

}  // namespace patchbay
