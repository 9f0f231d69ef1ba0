// HttpUrl: an http or https URL (RFC 3986, RFC 9110 section 4.2), taken apart as a client needs it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"

namespace patchbay {

struct HttpUrl {
  bool secure = false;
  std::string host;  // a name in lower case, or an address; IPv6 without its brackets
  std::uint16_t port = 80;
  std::string target = "/";  // path and query as they are sent: visible ASCII, a slash in front

  // "https://example.net:8443/a/b?c=d#e"; the fragment is dropped. In path and query, blanks and
  // what is not ASCII are escaped (%20); a path is taken as it is written, dots included. Faults:
  // protocol. A URL with a user in it is refused, and its password not repeated in the error.
  static Result<HttpUrl> parse(std::string_view text);
  // As people type it: "example.net/x" is http.
  static Result<HttpUrl> parse_typed(std::string_view text);

  // What a reference found here, such as a Location, leads to (RFC 3986 section 5). Faults: as
  // above.
  Result<HttpUrl> resolve(std::string_view reference) const;

  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }
  std::string authority() const;  // what Host says: the port only where it is not the scheme's own
  std::string origin() const;     // "https://example.net:8443" (RFC 6454 section 6.2)
  std::string to_string() const { return origin() + target; }

  bool same_origin(const HttpUrl& other) const {
    return secure == other.secure && port == other.port && host == other.host;
  }

  friend bool operator==(const HttpUrl&, const HttpUrl&) = default;
};

// `path` without its "." and ".." segments (RFC 3986 section 5.2.4).
std::string remove_dot_segments(std::string_view path);

}  // namespace patchbay
