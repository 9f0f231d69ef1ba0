// For tests: names whose addresses and failures are written down beforehand.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/net/event.hpp"
#include "patchbay/net/resolve.hpp"

namespace patchbay {

struct Answer {
  Duration after{};
  std::vector<std::string> addresses = {};
  ResolveFailure failure = ResolveFailure::no_address_of_family;  // when there are none
};

// A look-up of a host without an answer for that family never ends.
class ScriptedResolver final : public Resolver {
 public:
  ScriptedResolver(std::optional<Answer> v6, std::optional<Answer> v4, int& asked)
      : v6_(std::move(v6)), v4_(std::move(v4)), asked_(asked) {}

  Task<Result<std::vector<IpAddress>>> addresses(std::string name, Family family,
                                                 Deadline deadline) override {
    ++asked_;
    const std::optional<Answer>& answer = family == Family::v6 ? v6_ : v4_;
    if (!answer) {
      Event never;
      const auto waited = co_await never.wait(deadline);
      co_return waited.error();
    }
    if (answer->after > Duration::zero()) {
      const auto slept = co_await sleep_for(answer->after);
      if (!slept) co_return slept.error();
    }
    if (answer->addresses.empty()) co_return resolve_error(answer->failure, name);
    std::vector<IpAddress> found;
    for (const std::string& text : answer->addresses) found.push_back(*IpAddress::parse(text));
    co_return found;
  }
  Task<Result<std::vector<std::string>>> names(IpAddress address, Deadline) override {
    co_return resolve_error(ResolveFailure::no_name, address.to_string());
  }

 private:
  std::optional<Answer> v6_;
  std::optional<Answer> v4_;
  int& asked_;
};

inline Answer now(std::vector<std::string> addresses) {
  return {.addresses = std::move(addresses)};
}
inline Answer later(Duration after, std::vector<std::string> addresses) {
  return {.after = after, .addresses = std::move(addresses)};
}
inline Answer failing(ResolveFailure failure, Duration after = {}) {
  return {.after = after, .failure = failure};
}

}  // namespace patchbay
