#include "patchbay/wire/http1_head.hpp"

#include <bit>
#include <cstring>
#include <limits>

namespace patchbay {

namespace {

constexpr const char* k_no_line_end = "a line of the head does not end in CR LF";

// Sixteen bytes at a time, by the compiler's own vectors: a head is little else than two questions,
// where does this name end and where does this line.
using Block = std::uint8_t __attribute__((ext_vector_type(16)));
using BlockMask = bool __attribute__((ext_vector_type(16)));

Block load(const char* at) {
  Block block;
  std::memcpy(&block, at, sizeof block);
  return block;
}

// Places where the comparison holds, the first one in the lowest bit.
template <class Comparison>
unsigned places(Comparison holds) {
  return std::bit_cast<std::uint16_t>(__builtin_convertvector(holds, BlockMask));
}

// Where the first control character stands that is no tab; the size where there is none.
std::size_t find_control(std::string_view text) {
  std::size_t at = 0;
  for (; text.size() - at >= sizeof(Block); at += sizeof(Block)) {
    const Block block = load(text.data() + at);
    const unsigned found = places(((block < 0x20) & (block != '\t')) | (block == 0x7f));
    if (found != 0) return at + static_cast<unsigned>(std::countr_zero(found));
  }
  for (; at < text.size(); ++at) {
    if (!is_field_char(text[at])) break;
  }
  return at;
}

// The length of the token at the front. Letters and "-" by the block, which is what names are made
// of; the rest one by one.
std::size_t token_length(std::string_view text) {
  std::size_t at = 0;
  if (text.size() >= sizeof(Block)) {
    const Block block = load(text.data());
    const unsigned other = places((((block | 0x20) - 'a') > 25) & (block != '-'));
    at = static_cast<unsigned>(std::countr_zero(other | 0x10000U));
  }
  while (at < text.size() && is_token_char(text[at])) ++at;
  return at;
}

HeadState refuse(HttpRefusal& refusal, int status, const char* reason) {
  refusal = {status, reason};
  return HeadState::refused;
}

// Why the field at the front of `bytes`, with a token of this length, has no colon behind it.
const char* what_is_wrong(std::string_view bytes, std::size_t token) {
  const char next = bytes[token];
  const bool blank = next == ' ' || next == '\t';
  if (next == '\n') return k_no_line_end;
  if (next == '\r') return "a field has no colon";
  if (!blank || token > 0) {
    return blank ? "a blank stands before a colon" : "the name of a field is no token";
  }
  return "a field is folded over two lines";
}

void note_coding(std::string_view list, unsigned& chunked, bool& last_is_chunked) {
  while (const auto element = next_element(list)) {
    last_is_chunked = equal_ignoring_case(*element, "chunked");
    chunked += last_is_chunked ? 1 : 0;
  }
}

// With "chunked" as the last word the end could be found, but not what the body means; without it
// not even that (RFC 9112 sections 6.1 and 6.3).
HttpRefusal refuse_coding(const HttpFields& fields) {
  unsigned chunked = 0;
  bool last_is_chunked = false;
  for (const HttpField& field : fields) {
    if (!equal_ignoring_case(field.name, "transfer-encoding")) continue;
    note_coding(field.value, chunked, last_is_chunked);
  }
  return {last_is_chunked && chunked == 1 ? 501 : 400, "the transfer coding is none but chunked"};
}

}  // namespace

HeadState take_line(std::string_view& bytes, std::string_view& line, HttpRefusal& refusal) {
  const std::size_t end = find_control(bytes);
  if (end == bytes.size()) return HeadState::incomplete;
  if (bytes[end] == '\r') {
    if (end + 1 == bytes.size()) return HeadState::incomplete;
    if (bytes[end + 1] == '\n') {
      line = bytes.substr(0, end);
      bytes.remove_prefix(end + 2);
      return HeadState::complete;
    }
  }
  const bool is_an_end = bytes[end] == '\r' || bytes[end] == '\n';
  return refuse(refusal, 400, is_an_end ? k_no_line_end : "the head has a control character");
}

HeadState read_field_lines(std::string_view& bytes, const Http1Limits& limits, HttpFields& fields,
                           HttpRefusal& refusal) {
  for (;;) {
    std::string_view value;
    if (bytes.starts_with('\r')) return take_line(bytes, value, refusal);
    if (bytes.empty()) return HeadState::incomplete;
    if (fields.size() >= limits.fields) return refuse(refusal, 431, "the head has too many fields");

    const std::size_t length = token_length(bytes);
    if (length == bytes.size()) return HeadState::incomplete;
    if (length == 0 || bytes[length] != ':') {
      return refuse(refusal, 400, what_is_wrong(bytes, length));
    }
    const std::string_view name = bytes.substr(0, length);
    bytes.remove_prefix(length + 1);
    const HeadState state = take_line(bytes, value, refusal);
    if (state != HeadState::complete) return state;
    fields.add(name, trim_blanks(value));
  }
}

Http1Controls find_controls(const HttpFields& fields) {
  Http1Controls controls;
  for (const auto& [name, value] : fields) {
    switch (name.size()) {  // most fields are none of these by their length alone
      case 4:
        if (!equal_ignoring_case(name, "host")) break;
        controls.host = value;
        ++controls.hosts;
        break;
      case 6:
        if (equal_ignoring_case(name, "expect")) controls.expect = value;
        break;
      case 10:
        if (!equal_ignoring_case(name, "connection")) break;
        controls.close |= list_has(value, "close");
        controls.keep_alive |= list_has(value, "keep-alive");
        break;
      case 14:
        if (!equal_ignoring_case(name, "content-length")) break;
        controls.content_length = value;
        ++controls.content_lengths;
        break;
      case 17:
        if (!equal_ignoring_case(name, "transfer-encoding")) break;
        controls.transfer_encoding = value;
        ++controls.transfer_encodings;
        break;
      default: break;
    }
  }
  return controls;
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

std::optional<HttpRefusal> read_framing(const HttpFields& fields, const Http1Controls& controls,
                                        int minor, HttpFraming& framing) {
  if (controls.transfer_encodings > 0) {
    if (controls.content_lengths > 0) {
      return HttpRefusal{400, "it has a length and a transfer coding"};
    }
    if (minor == 0) return HttpRefusal{400, "HTTP/1.0 has no transfer codings"};
    if (controls.transfer_encodings > 1 ||
        !equal_ignoring_case(controls.transfer_encoding, "chunked")) {
      return refuse_coding(fields);
    }
    framing = {.kind = BodyKind::chunked};
    return std::nullopt;
  }
  if (controls.content_lengths == 0) return std::nullopt;
  if (controls.content_lengths > 1) return HttpRefusal{400, "it has more than one length"};
  const auto bytes = parse_content_length(controls.content_length);
  if (!bytes) return HttpRefusal{400, "its length is no number"};
  framing = {.kind = BodyKind::length, .content_length = *bytes};
  return std::nullopt;
}

}  // namespace patchbay
