// The questions of `http probe`: data/http_questions.tsv, made into a table at build time.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay {

struct HttpQuestion {
  enum class Severity : std::uint8_t { high, must, should, note };
  enum class Needs : std::uint8_t { always, found };
  enum class After : std::uint8_t { end, next, automatic, free };
  enum class Check : std::uint8_t { nothing, date, unchunked };

  std::string_view id;
  std::string_view section;  // "9112 6.1"
  std::string_view what;
  std::string_view expect;   // "400 4xx base any close silence"
  std::string_view request;  // with its {places}
  Severity severity;
  Needs needs;
  After after;
  Check check;
};

std::span<const HttpQuestion> http_questions();

const char* name_of(HttpQuestion::Severity severity);

// Who is asked for what. Both come from a checked URL.
struct ProbeTarget {
  std::string host;  // as in a Host field
  std::string path;
};

// The bytes of a question to this target.
std::string question_bytes(const HttpQuestion& question, const ProbeTarget& target);
// The harmless one that is sent behind each.
std::string harmless_request(const ProbeTarget& target);
// The methods of both, for whoever reads the answers.
std::vector<std::string> methods_of(const std::string& question);

}  // namespace patchbay
