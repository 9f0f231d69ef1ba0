#include "patchbay/wire/http_host.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "patchbay/wire/http_field.hpp"

namespace patchbay {

namespace {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }
constexpr bool is_hex_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

// unreserved and sub-delims of RFC 3986 section 2.
constexpr std::array<bool, 256> k_name = [] {
  std::array<bool, 256> table{};
  for (int c = '0'; c <= '9'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) table[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("-._~!$&'()*+,;=")) {
    table[static_cast<unsigned char>(c)] = true;
  }
  return table;
}();
constexpr bool is_name_char(char c) { return k_name[static_cast<unsigned char>(c)]; }

bool is_name(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_name_char(text[i])) continue;
    if (text[i] != '%' || text.size() - i < 3) return false;
    if (!is_hex_digit(text[i + 1]) || !is_hex_digit(text[i + 2])) return false;
    i += 2;
  }
  return !text.empty();
}

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    if (part > 0) {
      if (!text.starts_with('.')) return false;
      text.remove_prefix(1);
    }
    unsigned value = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && digits < 3 && is_digit(text[digits]); ++digits) {
      value = value * 10 + static_cast<unsigned>(text[digits] - '0');
    }
    if (digits == 0 || value > 255 || (digits > 1 && text.front() == '0')) return false;
    text.remove_prefix(digits);
  }
  return text.empty();
}

// The number of 16-bit groups, or -1 where it is no part of an address. The last two may be written
// as an IPv4 address where the text ends the whole.
int count_groups(std::string_view text, bool ends_the_whole) {
  int count = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find(':'), text.size());
    const std::string_view group = text.substr(0, end);
    if (group.find('.') != std::string_view::npos) {
      return ends_the_whole && end == text.size() && is_ipv4(group) ? count + 2 : -1;
    }
    if (group.empty() || group.size() > 4 || !std::ranges::all_of(group, is_hex_digit)) return -1;
    ++count;
    if (end + 1 == text.size()) return -1;
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return count;
}

bool is_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  if (gap == std::string_view::npos) return count_groups(text, true) == 8;
  const int before = count_groups(text.substr(0, gap), false);
  const int behind = count_groups(text.substr(gap + 2), true);
  return before >= 0 && behind >= 0 && before + behind <= 7;
}

// "v1.something", for addresses nobody has thought of yet.
bool is_future_address(std::string_view text) {
  if (text.empty() || (text.front() != 'v' && text.front() != 'V')) return false;
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || dot < 2 || dot + 1 == text.size()) return false;
  return std::ranges::all_of(text.substr(1, dot - 1), is_hex_digit) &&
         std::ranges::all_of(text.substr(dot + 1),
                             [](char c) { return is_name_char(c) || c == ':'; });
}

// Where the host ends and ":port", if any, begins.
std::size_t host_end(std::string_view text) {
  const std::size_t from = text.starts_with('[') ? text.find(']') : 0;
  return std::min(text.find(':', std::min(from, text.size())), text.size());
}

}  // namespace

bool is_host(std::string_view text) {
  if (text.empty()) return true;
  const std::size_t end = host_end(text);
  const std::string_view host = text.substr(0, end);
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return false;
    const std::string_view address = host.substr(1, host.size() - 2);
    if (!is_ipv6(address) && !is_future_address(address)) return false;
  } else if (!is_name(host)) {
    return false;
  }
  const std::string_view port = port_of(text);
  unsigned value = 0;
  for (const char c : port) {
    if (!is_digit(c)) return false;
    value = value * 10 + static_cast<unsigned>(c - '0');
  }
  return port.size() <= 5 && value <= 65535;
}

std::string_view port_of(std::string_view host) {
  return host.substr(std::min(host_end(host) + 1, host.size()));
}

bool same_host(std::string_view a, std::string_view b, std::string_view scheme) {
  const std::string_view usual = equal_ignoring_case(scheme, "https") ? "443" : "80";
  const std::string_view port_a = port_of(a), port_b = port_of(b);
  return equal_ignoring_case(a.substr(0, host_end(a)), b.substr(0, host_end(b))) &&
         (port_a.empty() ? usual : port_a) == (port_b.empty() ? usual : port_b);
}

}  // namespace patchbay
