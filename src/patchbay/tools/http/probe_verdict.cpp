#include "patchbay/tools/http/probe_verdict.hpp"

#include <fmt/format.h>

#include <optional>

namespace patchbay {

namespace {

std::string seen_of(const ProbeHeard& heard) {
  std::string text;
  for (const ProbeAnswer& answer : heard.answers) {
    if (!text.empty()) text += ' ';
    text += std::to_string(answer.status);
  }
  if (heard.garbage != nullptr) text += text.empty() ? "no HTTP" : " + no HTTP";
  if (!text.empty()) return text;
  return heard.end == ProbeEnd::open ? "nothing" : "the end";
}

bool fits(std::string_view word, const ProbeHeard& heard, int base) {
  if (heard.answers.empty()) {
    if (heard.garbage != nullptr) return false;
    return word == (heard.end == ProbeEnd::open ? "silence" : "close");
  }
  const int status = heard.answers.front().status;
  if (word == "any") return true;
  if (word == "base") return status == base;
  if (word.size() != 3 || word[0] < '1' || word[0] > '5') return false;
  if (word.ends_with("xx")) return status / 100 == word[0] - '0';
  return status == (word[0] - '0') * 100 + (word[1] - '0') * 10 + (word[2] - '0');
}

bool is_expected(std::string_view expect, const ProbeHeard& heard, int base) {
  while (!expect.empty()) {
    const std::size_t end = std::min(expect.find(' '), expect.size());
    if (fits(expect.substr(0, end), heard, base)) return true;
    expect.remove_prefix(std::min(end + 1, expect.size()));
  }
  return false;
}

// What is wrong with what came behind the first answer.
std::optional<std::string> wrong_behind(const ProbeHeard& heard) {
  if (heard.garbage != nullptr) {
    return fmt::format("what follows its answer is none: {}", heard.garbage);
  }
  if (heard.answers.size() > 2) {
    return fmt::format("it sent {} answers to 2 requests", heard.answers.size());
  }
  return std::nullopt;
}

std::optional<std::string> wrong_for_end(const ProbeHeard& heard) {
  if (heard.answers.size() < 2) return std::nullopt;
  return fmt::format("it went on and answered {} to what stood behind it", heard.answers[1].status);
}

std::optional<std::string> wrong_for_next(const ProbeHeard& heard, int base) {
  if (heard.answers.size() == 2) {
    if (heard.answers[1].status == base) return std::nullopt;
    return fmt::format("it answered the request behind it with {} and not {}: it lost its place",
                       heard.answers[1].status, base);
  }
  if (!heard.answers.front().keep_alive || heard.end == ProbeEnd::enough) return std::nullopt;
  if (heard.end == ProbeEnd::open) {
    return "it promised to go on, and did not answer the request behind it";
  }
  return "it promised to go on, and ended the connection";
}

std::optional<std::string> wrong_after(const HttpQuestion& question, const ProbeHeard& heard,
                                       int base) {
  using After = HttpQuestion::After;
  if (heard.answers.empty() || question.after == After::free) return std::nullopt;
  if (const auto wrong = wrong_behind(heard)) return wrong;
  const bool refused = heard.answers.front().status >= 400 && heard.answers.front().status != base;
  switch (question.after) {
    case After::end: return wrong_for_end(heard);
    case After::next: return wrong_for_next(heard, base);
    // One that it understood and did not like may well be followed by another.
    case After::automatic:
      return refused && heard.answers.size() < 2 ? std::nullopt : wrong_for_next(heard, base);
    case After::free: break;
  }
  return std::nullopt;
}

std::optional<std::string> wrong_in_answer(const HttpQuestion& question, const ProbeHeard& heard) {
  if (heard.answers.empty()) return std::nullopt;
  const ProbeAnswer& first = heard.answers.front();
  if (question.check == HttpQuestion::Check::date && !first.has_date) {
    return "its answer has no Date (RFC 9110 section 6.6.1)";
  }
  if (question.check == HttpQuestion::Check::unchunked && first.coded) {
    return "its answer has a transfer coding, which HTTP/1.0 has not";
  }
  return std::nullopt;
}

}  // namespace

ProbeVerdict judge(const HttpQuestion& question, const ProbeHeard& heard, int base) {
  ProbeVerdict verdict{.seen = seen_of(heard)};
  const auto wrong = [&](std::string why) {
    verdict.judgement = ProbeJudgement::wrong;
    verdict.why = std::move(why);
    return verdict;
  };
  if (!is_expected(question.expect, heard, base)) {
    if (heard.answers.empty() && heard.garbage != nullptr) {
      return wrong(fmt::format("what it sent is no answer: {}", heard.garbage));
    }
    return wrong(fmt::format("right would be: {}", question.expect));
  }
  if (auto why = wrong_in_answer(question, heard)) return wrong(std::move(*why));
  if (auto why = wrong_after(question, heard, base)) return wrong(std::move(*why));
  if (heard.end == ProbeEnd::enough && question.after == HttpQuestion::After::next) {
    verdict.judgement = ProbeJudgement::unclear;
    verdict.why = "its answer is too long to see what comes behind; ask for a smaller page";
  }
  return verdict;
}

}  // namespace patchbay
