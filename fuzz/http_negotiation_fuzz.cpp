// Accept and Accept-Encoding: whatever they say, the coding is one that the server has and the
// qualities are within their range.
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/http_negotiation.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  constexpr std::array available = {ContentCoding::br, ContentCoding::gzip};
  const std::string_view field(reinterpret_cast<const char*>(data), size);

  const auto coding = choose_coding(field, available);
  FUZZ_CHECK(!coding || *coding == ContentCoding::identity ||
             std::ranges::find(available, *coding) != available.end());
  const auto none = choose_coding(field, {});
  FUZZ_CHECK(!none || *none == ContentCoding::identity);
  FUZZ_CHECK(!none || coding);

  for (const std::string_view type : {"text/html", "application/json;charset=utf-8"}) {
    const int quality = quality_of(field, type);
    FUZZ_CHECK(quality >= 0 && quality <= 1000);
  }
  // The input as a type: it is read, or nothing wants it.
  const int quality = quality_of("*/*", field);
  FUZZ_CHECK(quality == 0 || quality == 1000);
  return 0;
}
