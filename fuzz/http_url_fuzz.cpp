// A URL that a user types or a server sends as a Location: an error, or a URL that its own text
// gives back, and of which nothing can break the line it is sent in.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/http/http_url.hpp"

namespace {

using namespace patchbay;

void check(const HttpUrl& url) {
  FUZZ_CHECK(url.target.starts_with('/') && url.port != 0 && !url.host.empty());
  FUZZ_CHECK(std::ranges::all_of(url.target + url.authority(),
                                 [](char c) { return c > 0x20 && c < 0x7f; }));
  // A scope is not part of what others are told.
  if (url.host.find('%') != std::string::npos) return;
  const auto again = HttpUrl::parse(url.to_string());
  FUZZ_CHECK(again && *again == url);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto url = HttpUrl::parse(text)) check(*url);

  static const HttpUrl base = *HttpUrl::parse("https://example.net/a/b/c?d");
  if (const auto url = base.resolve(text)) {
    check(*url);
    const std::string_view path = url->path();
    // An empty reference, or one to a query, leaves the path as it was.
    FUZZ_CHECK(remove_dot_segments(path) == path);
  }
  return 0;
}
