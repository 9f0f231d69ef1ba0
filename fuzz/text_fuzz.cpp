// Whatever a peer sends: what is shown of it is text, and nothing a terminal acts on.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/text.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto is_control = [](char byte) {
    return static_cast<unsigned char>(byte) < 0x20 || byte == 0x7f;
  };

  const std::string shown = escape_terminal(bytes);
  FUZZ_CHECK(is_valid_utf8(shown));
  FUZZ_CHECK(std::ranges::none_of(shown, is_control));
  FUZZ_CHECK(escape_terminal(shown) == shown || shown.find('\\') != std::string::npos);

  const std::string json = escape_json(bytes);
  FUZZ_CHECK(is_valid_utf8(json));
  FUZZ_CHECK(std::ranges::none_of(json, is_control));

  FUZZ_CHECK(is_valid_utf8(to_valid_utf8(bytes)));
  FUZZ_CHECK(unfinished_utf8(bytes) <= std::min<std::size_t>(size, 3));
  for (const std::size_t limit : {std::size_t{0}, std::size_t{1}, size / 2, size}) {
    const std::string_view prefix = utf8_prefix(bytes, limit);
    FUZZ_CHECK(prefix.size() <= limit && bytes.starts_with(prefix));
    FUZZ_CHECK(!is_valid_utf8(bytes) || is_valid_utf8(prefix));
  }
  return 0;
}
