// MakerRegistry: whatever the file holds, names are those of numbers that are wanted, and short.
#include <cstdint>
#include <set>
#include <string_view>

#include "check.hpp"
#include "patchbay/tools/scan/session/maker_registry.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::set<patchbay::MakerNumber> wanted = {0, 0x5e, 0x080007, 0xfffffc};
  for (const auto& [number, name] : patchbay::makers_in(text, wanted)) {
    FUZZ_CHECK(wanted.contains(number));
    FUZZ_CHECK(!name.empty() && name.size() <= 80);
    FUZZ_CHECK(text.contains(name));
  }
  return 0;
}
