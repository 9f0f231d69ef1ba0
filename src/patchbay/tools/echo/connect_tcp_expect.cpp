#include "patchbay/tools/echo/connect_tcp_expect.hpp"

#include <fmt/format.h>
#include <re2/re2.h>

#include <string>

#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

constexpr std::int64_t k_max_memory_bytes = 8 << 20;

// RE2 names the wrong part but not its place.
Failure explain(std::string_view pattern, const re2::RE2& wrong) {
  const std::string& part = wrong.error_arg();
  const std::size_t at = part.empty() ? std::string_view::npos : pattern.find(part);
  std::string why = wrong.error();
  if (at != std::string_view::npos) why = fmt::format("{}, at character {}", why, at + 1);
  return Failure("--expect: the pattern is not a regular expression", escape_terminal(why),
                 "RE2 syntax; a literal . ( [ * + ? | \\ needs a backslash before it");
}

}  // namespace

std::expected<Expectation, Failure> Expectation::parse(std::string_view pattern) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(k_max_memory_bytes);
  auto compiled =
      std::make_unique<re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (!compiled->ok()) return std::unexpected(explain(pattern, *compiled));
  return Expectation(std::move(compiled));
}

Expectation::Expectation(std::unique_ptr<re2::RE2> pattern) : pattern_(std::move(pattern)) {}
Expectation::Expectation(Expectation&&) noexcept = default;
Expectation& Expectation::operator=(Expectation&&) noexcept = default;
Expectation::~Expectation() = default;

bool Expectation::matches(std::string_view answer) const {
  return re2::RE2::PartialMatch(re2::StringPiece(answer.data(), answer.size()), *pattern_);
}

}  // namespace patchbay
