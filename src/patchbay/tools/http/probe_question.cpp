#include "patchbay/tools/http/probe_question.hpp"

#include <fmt/format.h>

#include <charconv>

namespace patchbay {

namespace {

constexpr std::string_view k_nowhere = "/.well-known/patchbay-probe";

// {a*9}: the build has checked that it is one.
std::string repeated(std::string_view place) {
  const std::size_t star = place.rfind('*');
  std::size_t times = 0;
  const std::string_view digits = place.substr(star + 1);
  std::from_chars(digits.data(), digits.data() + digits.size(), times);
  std::string text;
  text.reserve(star * times);
  for (std::size_t i = 0; i < times; ++i) text += place.substr(0, star);
  return text;
}

std::string filled(std::string_view place, const ProbeTarget& target) {
  if (place == "host") return target.host;
  if (place == "path") return target.path;
  if (place == "none") return std::string(k_nowhere);
  return repeated(place);
}

}  // namespace

const char* name_of(HttpQuestion::Severity severity) {
  switch (severity) {
    case HttpQuestion::Severity::high: return "high";
    case HttpQuestion::Severity::must: return "must";
    case HttpQuestion::Severity::should: return "should";
    case HttpQuestion::Severity::note: return "note";
  }
  return "";
}

std::string question_bytes(const HttpQuestion& question, const ProbeTarget& target) {
  std::string bytes;
  for (std::string_view rest = question.request; !rest.empty();) {
    const std::size_t open = rest.find('{');
    bytes += rest.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = rest.find('}', open);
    bytes += filled(rest.substr(open + 1, close - open - 1), target);
    rest.remove_prefix(close + 1);
  }
  return bytes;
}

std::string harmless_request(const ProbeTarget& target) {
  return fmt::format(
      "GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: patchbay\r\nConnection: close\r\n\r\n",
      target.path, target.host);
}

std::vector<std::string> methods_of(const std::string& question) {
  const std::size_t begin = std::min(question.find_first_not_of("\r\n"), question.size());
  return {question.substr(begin, question.find(' ', begin) - begin), "GET"};
}

}  // namespace patchbay
