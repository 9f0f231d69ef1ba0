#include "patchbay/wire/multipart_reader.hpp"

#include <algorithm>
#include <array>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/wire/http_field.hpp"
#include "patchbay/wire/value_scanner.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_longest_boundary = 70;
constexpr std::size_t k_most_padding = 64;
constexpr std::string_view k_line_end = "\r\n";
constexpr const char* k_operation = "read the form data";

Error failure(const char* reason) { return Error(Fault::protocol, k_operation, reason); }

// bchars of RFC 2046 section 5.1.1.
constexpr bool is_boundary_char(char c) {
  constexpr std::string_view marks = "'()+_,-./:=? ";
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         marks.find(c) != marks.npos;
}

constexpr bool is_printable_ascii(char c) { return c == ' ' || is_ascii_visible(c); }

std::size_t common_prefix(std::string_view a, std::string_view b) {
  return static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
}

// What the headers of a part have told so far.
struct Headers {
  std::optional<FormDisposition> disposition;
  std::optional<std::string_view> content_type;
};

Result<> take_disposition(std::string_view value, Headers& headers) {
  if (headers.disposition) return failure("a part has two Content-Disposition headers");
  auto disposition = parse_form_disposition(value);
  if (!disposition) return disposition.error();
  headers.disposition = *std::move(disposition);
  return ok();
}

Result<> take_type(std::string_view value, Headers& headers) {
  if (headers.content_type) return failure("a part has two Content-Type headers");
  if (!std::ranges::all_of(value, is_printable_ascii)) {
    return failure("the Content-Type of a part cannot be read");
  }
  headers.content_type = value;
  return ok();
}

// RFC 7578 section 4.7 has ended these encodings; those that change nothing may still be said.
Result<> check_encoding(std::string_view value) {
  constexpr std::array<std::string_view, 3> plain = {"7bit", "8bit", "binary"};
  const bool is_plain = std::ranges::any_of(
      plain, [value](std::string_view word) { return equal_ignoring_case(value, word); });
  if (!is_plain) return failure("a part has a Content-Transfer-Encoding");
  return ok();
}

Result<> take_header(std::string_view line, Headers& headers) {
  detail::ValueScanner scanner(line);
  const std::string_view name = scanner.take_token();
  if (name.empty() || !scanner.take(':') || !std::ranges::all_of(line, is_field_char)) {
    return failure("a header of a part cannot be read");
  }
  scanner.skip_blanks();
  std::string_view value = scanner.rest();
  value = value.substr(0, value.find_last_not_of(" \t") + 1);
  if (equal_ignoring_case(name, "Content-Disposition")) return take_disposition(value, headers);
  if (equal_ignoring_case(name, "Content-Type")) return take_type(value, headers);
  if (equal_ignoring_case(name, "Content-Transfer-Encoding")) return check_encoding(value);
  return ok();
}

// `block` is the header lines with their ends, and the empty line.
Result<MultipartReader::Part> read_part(std::string_view block) {
  Headers headers;
  for (;;) {
    const std::size_t end = block.find(k_line_end);
    const std::string_view line = block.substr(0, end);
    if (line.empty()) break;
    const auto taken = take_header(line, headers);
    if (!taken) return taken.error();
    block.remove_prefix(end + k_line_end.size());
  }
  if (!headers.disposition) return failure("a part has no Content-Disposition");
  return MultipartReader::Part{.disposition = *std::move(headers.disposition),
                               .content_type = std::string(headers.content_type.value_or(""))};
}

}  // namespace

std::optional<std::string> form_boundary(std::string_view content_type) {
  detail::ValueScanner scanner(content_type);
  if (!equal_ignoring_case(scanner.take_token(), "multipart") || !scanner.take('/') ||
      !equal_ignoring_case(scanner.take_token(), "form-data")) {
    return std::nullopt;
  }
  const auto parameters = detail::read_parameters(scanner.rest());
  if (!parameters) return std::nullopt;
  std::optional<std::string> boundary;
  for (const auto& parameter : *parameters) {
    if (!equal_ignoring_case(parameter.name, "boundary")) continue;
    if (boundary) return std::nullopt;
    boundary = parameter.value;
  }
  if (!boundary || boundary->empty() || boundary->size() > k_longest_boundary) return std::nullopt;
  if (boundary->ends_with(' ') || !std::ranges::all_of(*boundary, is_boundary_char)) {
    return std::nullopt;
  }
  return boundary;
}

// A delimiter begins with the end of the line before it. The body begins at a line, as if one had
// ended there.
MultipartReader::MultipartReader(std::string_view boundary, MultipartLimits limits)
    : delimiter_(std::string("\r\n--").append(boundary)),
      limits_(limits),
      matched_(k_line_end.size()),
      borrowed_(k_line_end.size()) {}

Result<MultipartEvent> MultipartReader::next(std::span<const std::byte>& piece) {
  std::string_view rest = as_text(piece);
  std::optional<MultipartEvent> event;
  while (!fault_ && !event) event = step(rest);
  piece = piece.last(rest.size());
  if (fault_) return *fault_;
  return *event;
}

Result<> MultipartReader::finish() const {
  if (fault_) return *fault_;
  if (state_ != State::ended) return failure("the body ends before its last part does");
  return ok();
}

std::optional<MultipartEvent> MultipartReader::step(std::string_view& piece) {
  if (piece.empty()) return MultipartEvent::need_more;
  switch (state_) {
    case State::preamble:
    case State::body: return read_content(piece);
    case State::tail:
    case State::tail_cr:
    case State::tail_dash: return read_tail(piece);
    case State::headers: return read_headers(piece);
    case State::ended: piece = {}; break;
  }
  return MultipartEvent::need_more;
}

std::optional<MultipartEvent> MultipartReader::read_tail(std::string_view& piece) {
  const char c = piece.front();
  piece.remove_prefix(1);
  if (state_ == State::tail_dash && c == '-') {
    state_ = State::ended;
    return MultipartEvent::end;
  }
  if (state_ == State::tail_cr && c == '\n') {
    headers_.clear();
    state_ = State::headers;
    if (parts_++ == limits_.parts)
      fault_ = Error(Fault::limit, k_operation, "it has too many parts");
    return std::nullopt;
  }
  const bool is_blank = c == ' ' || c == '\t';
  if (state_ == State::tail && c == '\r') {
    state_ = State::tail_cr;
  } else if (state_ == State::tail && c == '-' && padding_ == 0) {
    state_ = State::tail_dash;
  } else if (state_ != State::tail || !is_blank || ++padding_ > k_most_padding) {
    fault_ = failure("a boundary is not at the end of its line");
  }
  return std::nullopt;
}

std::optional<MultipartEvent> MultipartReader::read_headers(std::string_view& piece) {
  const std::size_t feed = piece.find('\n');
  const std::string_view line = piece.substr(0, feed == piece.npos ? feed : feed + 1);
  if (line.size() > limits_.header_bytes - headers_.size()) {
    fault_ = Error(Fault::limit, k_operation, "the headers of a part are too long");
    return std::nullopt;
  }
  headers_ += line;
  piece.remove_prefix(line.size());
  if (headers_ == k_line_end || headers_.ends_with("\r\n\r\n")) return begin_part();
  return std::nullopt;
}

std::optional<MultipartEvent> MultipartReader::begin_part() {
  auto part = read_part(headers_);
  if (!part) {
    fault_ = part.error();
    return std::nullopt;
  }
  part_ = *std::move(part);
  state_ = State::body;
  // The empty line may be the line end of the delimiter (RFC 2046: a body-part may have no body).
  matched_ = borrowed_ = k_line_end.size();
  return MultipartEvent::part_begin;
}

std::optional<MultipartEvent> MultipartReader::read_content(std::string_view& piece) {
  if (matched_ > 0) return go_on_with_delimiter(piece);
  // A CR stands in a delimiter only at its beginning: what is no delimiter from one CR on is data
  // up to the next.
  std::size_t at = piece.find('\r');
  while (at != piece.npos) {
    const std::string_view here = piece.substr(at, delimiter_.size());
    if (delimiter_.starts_with(here)) break;
    at = piece.find('\r', at + 1);
  }
  const std::string_view content = piece.substr(0, at);
  piece.remove_prefix(content.size());
  if (!content.empty()) return give(content);
  return go_on_with_delimiter(piece);
}

std::optional<MultipartEvent> MultipartReader::go_on_with_delimiter(std::string_view& piece) {
  const std::string_view missing = std::string_view(delimiter_).substr(matched_);
  const std::size_t more = common_prefix(piece, missing);
  if (more == missing.size()) {
    piece.remove_prefix(more);
    return leave_content();
  }
  if (more == piece.size()) {
    matched_ += more;
    piece = {};
    return MultipartEvent::need_more;
  }
  // It was none. What was taken for its beginning is data.
  const std::string_view taken = std::string_view(delimiter_).substr(0, matched_);
  const std::string_view content = taken.substr(borrowed_);
  matched_ = borrowed_ = 0;
  return give(content);
}

std::optional<MultipartEvent> MultipartReader::leave_content() {
  const bool was_part = state_ == State::body;
  matched_ = borrowed_ = 0;
  padding_ = 0;
  state_ = State::tail;
  if (!was_part) return std::nullopt;
  return MultipartEvent::part_end;
}

// Nobody wants the preamble.
std::optional<MultipartEvent> MultipartReader::give(std::string_view content) {
  if (state_ != State::body || content.empty()) return std::nullopt;
  data_ = std::as_bytes(std::span(content));
  return MultipartEvent::data;
}

}  // namespace patchbay
