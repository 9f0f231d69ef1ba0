// The Content-Disposition of a part: an error, or names of which the file's is one that can be
// opened in a folder without leaving it.
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/wire/form_disposition.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view value(reinterpret_cast<const char*>(data), size);

  const auto disposition = parse_form_disposition(value);
  if (!disposition) {
    FUZZ_CHECK(!disposition.error().why().empty());
    return 0;
  }
  FUZZ_CHECK(disposition->name.size() <= size);
  if (!disposition->filename) return 0;
  const std::string& name = *disposition->filename;
  FUZZ_CHECK(!name.empty() && name.size() <= 255 && name != "." && name != "..");
  FUZZ_CHECK(name.find_first_of(std::string_view("/\\\0\r\n", 5)) == name.npos);
  return 0;
}
