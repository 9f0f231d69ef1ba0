// Base64: any bytes come back, and a text that is accepted is the only one of its bytes.
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/base64.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view input(reinterpret_cast<const char*>(data), size);

  FUZZ_CHECK(decode_base64(encode_base64(input)) == input);
  if (const auto bytes = decode_base64(input)) FUZZ_CHECK(encode_base64(*bytes) == input);
  return 0;
}
