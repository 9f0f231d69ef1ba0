// A JSON record with what a peer sent: one valid line, and the text in it is the peer's.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/record.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  using nlohmann::json;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  double number = 0;
  std::memcpy(&number, data, std::min(size, sizeof number));
  const std::vector<std::string> list = {std::string(bytes.substr(0, size / 2)),
                                         std::string(bytes.substr(size / 2))};

  const std::string line = Record("message")
                               .text("text", bytes)
                               .number("number", number)
                               .list("list", list)
                               .merge(Record("other").text("merged", list[0]))
                               .json();
  FUZZ_CHECK(std::ranges::none_of(line, [](unsigned char c) { return c < 0x20 || c == 0x7f; }));
  const json read = json::parse(line, nullptr, false);
  FUZZ_CHECK(!read.is_discarded());
  FUZZ_CHECK(read["text"] == to_valid_utf8(bytes));
  FUZZ_CHECK(read["list"][1] == to_valid_utf8(list[1]));
  FUZZ_CHECK(read["merged"] == to_valid_utf8(list[0]));
  return 0;
}
