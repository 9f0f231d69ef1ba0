// A date in a field: nothing, or a time that its own text gives back.
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/http_date.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  constexpr std::chrono::sys_seconds now{std::chrono::seconds(1'796'040'000)};
  const std::string_view text(reinterpret_cast<const char*>(data), size);

  const auto time = parse_http_date(text, now);
  if (!time) return 0;
  const std::string written = format_http_date(*time);
  FUZZ_CHECK(written.size() == 29);
  // A leap second at the end of the year 9999 is the one time that has no text.
  FUZZ_CHECK(parse_http_date(written, now) == time || text.find(":60 ") != text.npos);
  return 0;
}
