#include "patchbay/wire/http_path.hpp"

#include <algorithm>
#include <optional>

#include "patchbay/base/ascii.hpp"

namespace patchbay {
namespace {

// unreserved of RFC 3986 section 2.3.
constexpr bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// The byte of the two digits at the front of `digits`.
std::optional<char> escaped_byte(std::string_view digits) {
  if (digits.size() < 2) return std::nullopt;
  const int high = hex_digit_value(digits[0]);
  const int low = hex_digit_value(digits[1]);
  if (high < 0 || low < 0) return std::nullopt;
  return static_cast<char>(high * 16 + low);
}

std::expected<std::string, PathFault> decode_segment(std::string_view raw) {
  std::string segment;
  segment.reserve(raw.size());
  for (std::size_t at = 0; at < raw.size(); ++at) {
    char c = raw[at];
    if (c == ' ' || c == '?' || c == '#' || is_ascii_control(c)) {
      return std::unexpected(PathFault::bad_character);
    }
    if (c == '%') {
      const auto byte = escaped_byte(raw.substr(at + 1));
      if (!byte) return std::unexpected(PathFault::bad_escape);
      c = *byte;
      at += 2;
    }
    if (c == '/') return std::unexpected(PathFault::encoded_slash);
    if (c == '\0') return std::unexpected(PathFault::bad_character);
    segment += c;
  }
  return segment;
}

// "a/b" becomes "a", and "a" the root. False at the root.
bool drop_last_segment(std::string& path) {
  if (path.empty()) return false;
  const std::size_t slash = path.rfind('/');
  path.resize(slash == path.npos ? 0 : slash);
  return true;
}

std::optional<PathFault> append_segment(DecodedPath& to, const std::string& segment) {
  to.folder = segment == "." || segment == "..";
  if (segment == ".") return std::nullopt;
  if (segment == "..") {
    if (!drop_last_segment(to.path)) return PathFault::above_root;
    return std::nullopt;
  }
  if (!to.path.empty()) to.path += '/';
  to.path += segment;
  return std::nullopt;
}

}  // namespace

std::string_view why(PathFault fault) {
  switch (fault) {
    case PathFault::not_absolute: return "the path does not begin with a slash";
    case PathFault::bad_escape: return "a percent sign is not followed by two hexadecimal digits";
    case PathFault::bad_character: return "the path has a character that no path may have";
    case PathFault::encoded_slash: return "the path has an escaped slash";
    case PathFault::empty_segment: return "the path has two slashes in a row";
    case PathFault::above_root: return "the path leads above the root";
  }
  return "";
}

std::expected<DecodedPath, PathFault> decode_path(std::string_view raw) {
  if (!raw.starts_with('/')) return std::unexpected(PathFault::not_absolute);
  raw.remove_prefix(1);
  DecodedPath decoded;
  for (;;) {
    const std::size_t slash = raw.find('/');
    const bool is_last = slash == raw.npos;
    const auto segment = decode_segment(raw.substr(0, slash));
    if (!segment) return std::unexpected(segment.error());
    if (!segment->empty()) {
      const auto fault = append_segment(decoded, *segment);
      if (fault) return std::unexpected(*fault);
    } else if (is_last) {
      decoded.folder = true;
    } else {
      return std::unexpected(PathFault::empty_segment);
    }
    if (is_last) return decoded;
    raw.remove_prefix(slash + 1);
  }
}

bool has_control_character(const DecodedPath& path) {
  return std::ranges::any_of(path.path, is_ascii_control);
}

std::string encode_path(std::string_view path) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(path.size());
  for (const char c : path) {
    if (is_unreserved(c) || c == '/') {
      encoded += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    encoded += '%';
    encoded += digits[byte >> 4];
    encoded += digits[byte & 15];
  }
  return encoded;
}

}  // namespace patchbay
