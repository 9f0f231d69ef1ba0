// Expectation: the pattern that an answer should match.
#pragma once

#include <expected>
#include <memory>
#include <string_view>

#include "patchbay/tools/outcome.hpp"

namespace re2 {
class RE2;
}

namespace patchbay {

// RE2 syntax, found anywhere in the answer. Matching takes time linear in the answer's size and at
// most 8 MiB of memory, whatever the pattern and the peer are.
class Expectation {
 public:
  // The failure says which part of the pattern is wrong, and where it stands.
  static std::expected<Expectation, Failure> parse(std::string_view pattern);

  Expectation(Expectation&&) noexcept;
  Expectation& operator=(Expectation&&) noexcept;
  ~Expectation();

  bool matches(std::string_view answer) const;

 private:
  explicit Expectation(std::unique_ptr<re2::RE2> pattern);

  std::unique_ptr<re2::RE2> pattern_;
};

}  // namespace patchbay
