// Text in a page: whatever comes in, no tag, no reference of its own and no hidden character.
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/wire/html.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  const std::string escaped = escape_html(input);
  FUZZ_CHECK(escaped.find_first_of("<>\"'") == escaped.npos);
  for (std::string_view rest = escaped; !rest.empty();) {
    const CodePoint point = decode_utf8(rest);
    FUZZ_CHECK(point.valid && is_printable(point.value));
    FUZZ_CHECK(point.value != '&' || rest.find(';') <= 5);
    rest.remove_prefix(point.length);
  }
  return 0;
}
