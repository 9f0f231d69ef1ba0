// A dump of what a peer sent: plain ASCII, and the bytes can be read back from it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/hex_dump.hpp"

namespace {

// The bytes of one line: two hex digits and a blank each, between the offset and the ASCII.
std::string bytes_of(std::string_view line) {
  std::string bytes;
  line = line.substr(10, line.find('|') == line.npos ? 0 : line.find('|') - 10);
  for (std::size_t at = 0; at + 1 < line.size(); ++at) {
    if (line[at] == ' ') continue;
    bytes += static_cast<char>(std::strtoul(std::string(line.substr(at, 2)).c_str(), nullptr, 16));
    ++at;
  }
  return bytes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string dump = hex_dump(bytes);
  FUZZ_CHECK(
      std::ranges::all_of(dump, [](char c) { return c == '\n' || (c >= 0x20 && c < 0x7f); }));

  std::string back;
  for (std::string_view rest = dump; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(line.size() + 1);
    if (line.size() > 10) back += bytes_of(line);
  }
  FUZZ_CHECK(back == bytes);
  return 0;
}
