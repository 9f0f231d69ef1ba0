#include "patchbay/http/http_url.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "patchbay/base/ascii.hpp"
#include "patchbay/net/address.hpp"
#include "patchbay/net/resolve.hpp"
#include "patchbay/wire/http_field.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_longest_url = 16 * 1024;

Error bad_url(std::string_view text, const char* reason, const char* remedy = nullptr) {
  return Error(Fault::protocol, "read the URL", reason, remedy).about(text);
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return hex_digit_value(c) >= 0; }

// The scheme in front of a colon (RFC 3986 section 3.1); nothing when the text is a relative
// reference.
std::optional<std::string_view> scheme_of(std::string_view text) {
  const std::size_t end = text.find_first_of(":/?#");
  if (end == std::string_view::npos || text[end] != ':' || end == 0) return std::nullopt;
  const std::string_view scheme = text.substr(0, end);
  const bool sound = is_letter(scheme.front()) && std::ranges::all_of(scheme, [](char c) {
                       return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.';
                     });
  return sound ? std::optional(scheme) : std::nullopt;
}

// pchar, "/" and "?" of RFC 3986, "%" apart.
bool stands_for_itself(char c) {
  return is_letter(c) || is_digit(c) ||
         std::string_view("-._~!$&'()*+,;=:@/?").find(c) != std::string_view::npos;
}

// Path and query as they may be sent, without the fragment.
Result<std::string> escaped_target(std::string_view text, std::string_view whole) {
  text = text.substr(0, text.find('#'));
  std::string target;
  target.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || !is_hex(text[i + 1]) || !is_hex(text[i + 2])) {
        return bad_url(whole, "a % is not followed by two hexadecimal digits",
                       "write the character % as %25");
      }
      target += c;
    } else if (stands_for_itself(c)) {
      target += c;
    } else {
      fmt::format_to(std::back_inserter(target), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return target;
}

Result<> read_host(std::string_view host, std::string_view whole, HttpUrl& url) {
  if (host.starts_with('[')) {
    std::string inside(host.substr(1, host.size() - 2));
    // RFC 6874: the % in front of a scope is escaped.
    if (const std::size_t at = inside.find("%25"); at != std::string::npos) inside.erase(at + 1, 2);
    const auto address = IpAddress::parse(inside);
    if (!host.ends_with(']') || !address || !address->is_v6()) {
      return bad_url(whole, "what stands in its brackets is no IPv6 address");
    }
    url.host = address->to_string();
    return ok();
  }
  if (const auto address = IpAddress::parse(host); address && address->is_v4()) {
    url.host = address->to_string();
    return ok();
  }
  if (host.empty()) return bad_url(whole, "it names no host");
  if (const auto checked = check_host_name(host); !checked) {
    return bad_url(whole, "its host is neither a name nor an address",
                   "IPv6 addresses stand in brackets: http://[::1]:8080/");
  }
  url.host = in_ascii_lower(host);
  return ok();
}

Result<> read_authority(std::string_view authority, std::string_view whole, HttpUrl& url) {
  const std::size_t bracket = authority.rfind(']');
  const std::size_t colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  url.port = url.secure ? 443 : 80;
  if (has_port) {
    const std::string_view digits = authority.substr(colon + 1);
    // "http://host:/" is allowed, and means the scheme's own (RFC 3986 section 6.2.3).
    if (!digits.empty()) {
      const auto port = parse_port(digits);
      if (!port || *port == 0) return bad_url(whole, "its port is not one of 1 to 65535");
      url.port = *port;
    }
    authority = authority.substr(0, colon);
  }
  return read_host(authority, whole, url);
}

// What stands behind the "//".
Result<HttpUrl> read_after_scheme(std::string_view rest, std::string_view whole, bool secure) {
  HttpUrl url{.secure = secure};
  const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  if (const auto read = read_authority(rest.substr(0, end), whole, url); !read) {
    return read.error();
  }
  auto target = escaped_target(rest.substr(end), whole);
  if (!target) return target.error();
  url.target = target->starts_with('/') ? std::move(*target) : '/' + *target;
  return url;
}

bool has_control(std::string_view text) { return std::ranges::any_of(text, is_ascii_control); }

// Where a URL or a reference has its "//", what stands behind it up to the path.
std::string_view authority_of(std::string_view text) {
  const std::size_t slash = text.find_first_of("/?#");
  if (slash == std::string_view::npos || text.substr(slash, 2) != "//") return {};
  if (slash > 0 && text[slash - 1] != ':') return {};
  text.remove_prefix(slash + 2);
  return text.substr(0, text.find_first_of("/?#"));
}

// RFC 9110 section 4.2.4: a user in a URL is refused. Nothing of it goes into the error.
Result<> check_text(std::string_view text, std::string_view authority) {
  if (authority.find('@') != std::string_view::npos) {
    return Error(Fault::protocol, "use a URL with a user in it",
                 "whoever sees the command line or a log would see the password",
                 "put user:password into a file of your own and name it with --auth-file");
  }
  if (text.size() > k_longest_url) return bad_url(text, "it is longer than 16 KiB");
  if (has_control(text)) return bad_url(text, "it has a control character");
  return ok();
}

// RFC 3986 section 5.2.3, for a base with an authority.
std::string merged_path(std::string_view base, std::string_view relative) {
  return std::string(base.substr(0, base.rfind('/') + 1)) + std::string(relative);
}

// The target with its path's dots removed.
std::string normal_target(std::string_view target) {
  const std::size_t query = std::min(target.find('?'), target.size());
  return remove_dot_segments(target.substr(0, query)) + std::string(target.substr(query));
}

}  // namespace

std::string remove_dot_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    const std::string_view name = segment.starts_with('/') ? segment.substr(1) : segment;
    path.remove_prefix(end);
    if (name != "." && name != "..") {
      out += segment;
      continue;
    }
    if (name == "..") out.erase(std::min(out.rfind('/'), out.size()));
    if (path.empty()) out += '/';  // "/a/." is a folder
  }
  return out.empty() ? "/" : out;
}

Result<HttpUrl> HttpUrl::parse(std::string_view text) {
  // Without its scheme a user may be taken for one: "joe:secret@example.net".
  const std::string_view authority = authority_of(text);
  const auto checked =
      check_text(text, authority.empty() ? text.substr(0, text.find_first_of("/?#")) : authority);
  if (!checked) return checked.error();
  const auto scheme = scheme_of(text);
  const bool secure = scheme && equal_ignoring_case(*scheme, "https");
  if (!scheme || !(secure || equal_ignoring_case(*scheme, "http"))) {
    return bad_url(text, "it does not begin with http:// or https://");
  }
  const std::string_view rest = text.substr(scheme->size() + 1);
  if (!rest.starts_with("//")) return bad_url(text, "its scheme is not followed by //");
  return read_after_scheme(rest.substr(2), text, secure);
}

Result<HttpUrl> HttpUrl::parse_typed(std::string_view text) {
  const std::size_t path = text.find_first_of("/?#");
  const bool has_scheme = text.find("://") < path;
  // What could be a password is for parse() to refuse, without a word of it.
  const bool may_have_user = text.starts_with("//") || text.find('@') < path;
  if (has_scheme || may_have_user || text.empty()) return parse(text);
  return parse("http://" + std::string(text));
}

Result<HttpUrl> HttpUrl::resolve(std::string_view reference) const {
  if (const auto checked = check_text(reference, authority_of(reference)); !checked) {
    return checked.error();
  }
  if (scheme_of(reference)) {
    auto url = parse(reference);
    if (url) url->target = normal_target(url->target);
    return url;
  }
  if (reference.starts_with("//")) {
    auto url = read_after_scheme(reference.substr(2), reference, secure);
    if (url) url->target = normal_target(url->target);
    return url;
  }
  auto escaped = escaped_target(reference, reference);
  if (!escaped) return escaped.error();
  HttpUrl url = *this;
  if (escaped->empty()) return url;
  if (escaped->starts_with('?')) {
    url.target = std::string(path()) + *escaped;
  } else if (escaped->starts_with('/')) {
    url.target = normal_target(*escaped);
  } else {
    url.target = normal_target(merged_path(path(), *escaped));
  }
  return url;
}

std::string HttpUrl::authority() const {
  // A scope means nothing to the other side (RFC 6874 section 4).
  const std::string name = host.substr(0, host.find('%'));
  const std::string text = name.find(':') == std::string::npos ? name : '[' + name + ']';
  return port == (secure ? 443 : 80) ? text : fmt::format("{}:{}", text, port);
}

std::string HttpUrl::origin() const {
  return fmt::format("{}://{}", secure ? "https" : "http", authority());
}

}  // namespace patchbay
