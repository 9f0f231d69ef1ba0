// The path of a target: refused, or a path below the root that its own link gives back.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/http_path.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view raw(reinterpret_cast<const char*>(data), size);

  const auto decoded = decode_path(raw);
  if (!decoded) {
    FUZZ_CHECK(!why(decoded.error()).empty());
    return 0;
  }
  const std::string& path = decoded->path;
  FUZZ_CHECK(path.size() <= raw.size());
  FUZZ_CHECK(!path.starts_with('/') && !path.ends_with('/'));
  FUZZ_CHECK(!path.contains('\0'));
  const std::string framed = '/' + path + '/';
  for (const std::string_view segment : {"/./", "/../"}) FUZZ_CHECK(!framed.contains(segment));
  FUZZ_CHECK(path.empty() || !framed.contains("//"));

  const auto again = decode_path('/' + encode_path(path));
  FUZZ_CHECK(again && again->path == path && again->folder == path.empty());
  return 0;
}
