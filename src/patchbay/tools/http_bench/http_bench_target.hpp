// Whom a load over HTTP asks for what: a URL taken apart, and the bytes of its request.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

struct HttpBenchTarget {
  bool tls = false;
  HostPort to;
  std::string authority;  // as Host and :authority carry it: without the scheme's own port
  std::string path;       // with its query; begins with a slash

  std::string url() const;
};

// As HttpUrl::parse_typed(): "http://host[:port][/path][?query]" or "https://…"; without a scheme
// it is http.
std::expected<HttpBenchTarget, Failure> parse_http_target(std::string_view text);

// What is asked, again and again.
struct HttpBenchRequest {
  std::string method = "GET";
  std::vector<std::pair<std::string, std::string>> fields = {};  // names and values are sound
  bool keep_alive = true;
};

// A failure, and the code to exit with.
struct HttpBenchRefused {
  Failure failure;
  int code = exit_usage;
};

// "Name: value" as -H takes it, or "@FILE" with one a line, which others may not read. Refused:
// names that are no token, control characters in a value, the fields that frame a message, and
// secrets where everybody sees them.
std::expected<void, HttpBenchRefused> add_header_flag(const std::string& word,
                                                      HttpBenchRequest& request);

// The head of one request, with HTTP/1.1 (RFC 9112 section 3). It has no body.
std::string http1_request_bytes(const HttpBenchTarget& target, const HttpBenchRequest& request);

}  // namespace patchbay
