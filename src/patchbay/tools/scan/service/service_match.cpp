#include "patchbay/tools/scan/service/service_match.hpp"

#include <algorithm>
#include <array>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/service/service_regex.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_text_bytes = 256;
constexpr std::size_t k_most_line_bytes = 120;
// Shorter ones are too easily met by chance.
constexpr std::size_t k_least_echo_bytes = 8;

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  return text.substr(0, k_most_text_bytes);
}

std::string in_hex(std::string_view bytes) {
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

// Of 4 bytes: the versions of TDS are such (MS-TDS 2.2.6.5).
std::string in_numbers(std::string_view bytes) {
  std::array<unsigned, 4> byte{};
  for (std::size_t i = 0; i < byte.size() && i < bytes.size(); ++i) {
    byte[i] = static_cast<unsigned char>(bytes[i]);
  }
  return std::to_string(byte[0]) + '.' + std::to_string(byte[1]) + '.' +
         std::to_string(byte[2] * 256 + byte[3]);
}

// Whether all that was said comes back.
bool is_echo(std::string_view sent, std::string_view reply) {
  return sent.size() >= k_least_echo_bytes && reply.starts_with(sent);
}

// Whether that may still turn out.
bool may_be_echo(std::string_view sent, std::string_view reply) {
  return sent.size() >= k_least_echo_bytes && !reply.empty() && sent.starts_with(reply);
}

class Captures {
 public:
  Captures(const re2::RE2& regex, std::string_view reply) : regex_(regex) {
    const int groups = 1 + regex.NumberOfCapturingGroups();
    matched_ = groups <= static_cast<int>(groups_.size()) &&
               regex.Match({reply.data(), reply.size()}, 0, reply.size(), re2::RE2::ANCHOR_START,
                           groups_.data(), groups);
  }
  bool matched() const { return matched_; }
  // Empty where there is none.
  std::string_view get(const char* name) const {
    const auto found = regex_.NamedCapturingGroups().find(name);
    if (found == regex_.NamedCapturingGroups().end()) return {};
    const re2::StringPiece& piece = groups_[static_cast<std::size_t>(found->second)];
    return piece.data() == nullptr ? std::string_view()
                                   : std::string_view(piece.data(), piece.size());
  }

 private:
  const re2::RE2& regex_;
  std::array<re2::StringPiece, 8> groups_;
  bool matched_ = false;
};

void fill_in(const ServiceMatch& match, const Captures& captures, ServiceFinding& finding) {
  finding.service = match.service;
  finding.product = trimmed(captures.get("product"));
  if (finding.product.empty()) finding.product = match.product;
  const std::string_view version = captures.get("version");
  const std::string_view info = captures.get("info");
  const auto decode = match.decode;
  finding.version =
      decode == ServiceMatch::Decode::numbers ? in_numbers(version) : std::string(trimmed(version));
  finding.info = decode == ServiceMatch::Decode::hex ? in_hex(info.substr(0, k_most_text_bytes / 2))
                                                     : std::string(trimmed(info));
  if (finding.info.empty()) finding.info = match.info;
}

}  // namespace

ServiceMatcher::ServiceMatcher() = default;
ServiceMatcher::~ServiceMatcher() = default;

const ServiceRegex& ServiceMatcher::regex_of(const ServiceMatch& match) {
  auto& kept = regexes_[&match];
  if (!kept) kept = std::make_unique<ServiceRegex>(match.regex);
  return *kept;
}

bool ServiceMatcher::try_match(const ServiceProbe* asked, const ServiceMatch& match,
                               std::string_view reply, ServiceVerdict& verdict) {
  if (!reply.starts_with(match.prefix)) return false;
  const Captures captures(regex_of(match), reply);
  if (!captures.matched()) return false;
  const bool asks_again = asked != nullptr && match.then == asked->id;
  // A reply that only says what to ask, to just that question, says nothing.
  if (asks_again && match.service.empty()) return false;
  fill_in(match, captures, verdict.finding);
  verdict.then = asks_again || match.then.empty() ? nullptr : service_probe(match.then);
  return true;
}

std::optional<ServiceVerdict> ServiceMatcher::match(const ServiceProbe* asked,
                                                    std::string_view sent, std::string_view reply) {
  reply = reply.substr(0, k_most_bytes);
  ServiceVerdict verdict;
  if (is_echo(sent, reply)) {
    verdict.finding.service = "echo";
    return verdict;
  }
  if (reply.empty() || may_be_echo(sent, reply)) return std::nullopt;
  if (asked != nullptr) {
    for (const ServiceMatch& each : asked->matches) {
      if (try_match(asked, each, reply, verdict)) return verdict;
    }
    if (asked->transport != ScanProtocol::tcp) return std::nullopt;
  }
  for (const ServiceProbe& probe : service_probes()) {
    if (&probe == asked || probe.transport != ScanProtocol::tcp) continue;
    for (const ServiceMatch& each : probe.matches) {
      if (each.anywhere && try_match(asked, each, reply, verdict)) return verdict;
    }
  }
  return std::nullopt;
}

std::string readable_line(std::string_view bytes) {
  const std::size_t end = bytes.find_first_of("\r\n");
  if (end == bytes.npos || end == 0) return {};
  const std::string_view line = bytes.substr(0, end);
  for (std::string_view rest = line; !rest.empty();) {
    const CodePoint point = decode_utf8(rest);
    const bool fine = point.valid && (is_printable(point.value) || point.value == U'\t');
    if (!fine) return {};
    rest.remove_prefix(point.length);
  }
  return std::string(utf8_prefix(line, k_most_line_bytes));
}

}  // namespace patchbay
