// Authorization: nothing, or a pair that the same text says again. And whatever a realm is, its
// challenge is one field.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/base64.hpp"
#include "patchbay/wire/http_auth.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  if (const auto pair = parse_basic_credentials(input, 64)) {
    FUZZ_CHECK(pair->user.find(':') == pair->user.npos);
    FUZZ_CHECK(pair->user.size() + 1 + pair->password.size() <= 64);
    FUZZ_CHECK(input.ends_with(encode_base64(pair->user + ':' + pair->password)));
  }
  FUZZ_CHECK(std::ranges::none_of(format_basic_challenge(input), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
  }));
  return 0;
}
