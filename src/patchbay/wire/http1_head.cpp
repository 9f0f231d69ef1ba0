#include "patchbay/wire/http1_head.hpp"

#include <limits>

namespace patchbay {

namespace {

constexpr HttpRefusal k_broken_line = {400, "a line of the head does not end in CR LF"};

// field-content of RFC 9110 section 5.5, obs-text included. Without a branch in its loop, so that
// the compiler takes many bytes at a time.
bool is_field_value(std::string_view text) {
  unsigned bad = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    bad |= static_cast<unsigned>((byte < 0x20) & (byte != '\t')) | (byte == 0x7f);
  }
  return bad == 0;
}

std::optional<HttpRefusal> read_field(std::string_view line, HttpFields& fields) {
  if (line.front() == ' ' || line.front() == '\t') {
    return HttpRefusal{400, "a field is folded over two lines"};
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return HttpRefusal{400, "a field has no colon"};
  const std::string_view name = line.substr(0, colon);
  if (!is_http_token(name)) return HttpRefusal{400, "the name of a field is no token"};
  const std::string_view value = trim_blanks(line.substr(colon + 1));
  if (!is_field_value(value)) return HttpRefusal{400, "a field has a control character"};
  fields.add(name, value);
  return std::nullopt;
}

}  // namespace

std::optional<Http1Line> take_line(std::string_view& bytes) {
  const std::size_t end = bytes.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  std::string_view line = bytes.substr(0, end);
  bytes.remove_prefix(end + 1);
  if (line.empty() || line.back() != '\r') return Http1Line{line, true};
  line.remove_suffix(1);
  return Http1Line{line, line.find('\r') != std::string_view::npos};
}

HeadState read_field_lines(std::string_view& bytes, const Http1Limits& limits, HttpFields& fields,
                           HttpRefusal& refusal) {
  while (const auto line = take_line(bytes)) {
    if (line->broken) {
      refusal = k_broken_line;
      return HeadState::refused;
    }
    if (line->text.empty()) return HeadState::complete;
    if (fields.size() == limits.fields) {
      refusal = {431, "the head has too many fields"};
      return HeadState::refused;
    }
    if (const auto fault = read_field(line->text, fields)) {
      refusal = *fault;
      return HeadState::refused;
    }
  }
  return HeadState::incomplete;
}

std::optional<std::uint64_t> parse_content_length(std::string_view value) {
  if (value.empty()) return std::nullopt;
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  std::uint64_t length = 0;
  for (const char c : value) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (length > (most - digit) / 10) return std::nullopt;
    length = length * 10 + digit;
  }
  return length;
}

std::optional<HttpRefusal> read_framing(const HttpFields& fields, int minor,
                                        HttpFraming& framing) {
  std::string_view length, coding;
  int lengths = 0, codings = 0;
  for (const HttpField& field : fields) {
    if (field.name.size() == 14 && equal_ignoring_case(field.name, "content-length")) {
      length = field.value;
      ++lengths;
    } else if (field.name.size() == 17 && equal_ignoring_case(field.name, "transfer-encoding")) {
      coding = field.value;
      ++codings;
    }
  }
  if (codings > 0) {
    if (lengths > 0) return HttpRefusal{400, "it has a length and a transfer coding"};
    if (minor == 0) return HttpRefusal{400, "HTTP/1.0 has no transfer codings"};
    if (codings > 1 || !equal_ignoring_case(coding, "chunked")) {
      // With "chunked" as the last word the end could be found, but not what it means.
      const bool known_end = codings == 1 && coding.size() > 7 &&
                             equal_ignoring_case(coding.substr(coding.size() - 7), "chunked") &&
                             !list_has(coding.substr(0, coding.size() - 7), "chunked");
      return HttpRefusal{known_end ? 501 : 400, "the transfer coding is none but chunked"};
    }
    framing = {.kind = BodyKind::chunked};
    return std::nullopt;
  }
  if (lengths == 0) return std::nullopt;
  if (lengths > 1) return HttpRefusal{400, "it has more than one length"};
  const auto bytes = parse_content_length(length);
  if (!bytes) return HttpRefusal{400, "its length is no number"};
  framing = {.kind = BodyKind::length, .content_length = *bytes};
  return std::nullopt;
}

bool may_persist(const HttpFields& fields, int minor) {
  bool close = false, keep = false;
  for (const HttpField& field : fields) {
    if (field.name.size() != 10 || !equal_ignoring_case(field.name, "connection")) continue;
    close = close || list_has(field.value, "close");
    keep = keep || list_has(field.value, "keep-alive");
  }
  return !close && (minor > 0 || keep);
}

}  // namespace patchbay
