// A settings file: an error whose place and reason can be printed, or entries with a key and a
// line.
#include <algorithm>
#include <string>
#include <string_view>

#include "memory_file.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/cli/settings_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const MemoryFile input(data, size);
  const auto file = read_settings_file(input.path());
  if (!file) {
    FUZZ_CHECK(!file.error().what.empty());
    FUZZ_CHECK(escape_terminal(file.error().why) == file.error().why);
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto lines = static_cast<unsigned>(std::ranges::count(text, '\n')) + 1;
  for (const SettingsEntry& entry : file->entries) {
    FUZZ_CHECK(entry.line >= 1 && entry.line <= lines);
  }
  return 0;
}
