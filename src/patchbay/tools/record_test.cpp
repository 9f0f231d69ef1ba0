#include "patchbay/tools/record.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <vector>

namespace patchbay {
namespace {

using nlohmann::json;

TEST(Record, HoldsEachKindOfValue) {
  const std::vector<std::string> words = {"a", "\"b\""};
  const Record record = Record("sample")
                            .text("text", "two\nlines")
                            .flag("flag", true)
                            .number("number", 1.5)
                            .null("nothing")
                            .count("small", -3)
                            .count("large", std::numeric_limits<std::uint64_t>::max())
                            .time_us("took_us", 1'500us)
                            .bytes("sent_bytes", 4'096)
                            .list("words", words)
                            .json("inside", R"({"x":1})");
  EXPECT_EQ(json::parse(record.json()),
            json::parse(R"({"type":"sample","text":"two\nlines","flag":true,"number":1.5,
                            "nothing":null,"small":-3,"large":18446744073709551615,
                            "took_us":1500,"sent_bytes":4096,"words":["a","\"b\""],
                            "inside":{"x":1}})"));
}

TEST(Record, StaysOneValidLineWhateverAPeerSends) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  const std::string line = Record("message").text("text", every_byte).json();
  EXPECT_TRUE(json::accept(line)) << line;
  for (const char c : line) EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
}

TEST(Record, NumbersThatJsonHasNotAreNull) {
  EXPECT_EQ(Record("n").number("x", NAN).json(), R"({"type":"n","x":null})");
  EXPECT_EQ(Record("n").number("x", INFINITY).json(), R"({"type":"n","x":null})");
}

TEST(Record, MergeTakesTheMembersWithoutTheType) {
  Record first("end");
  first.count("a", 1);
  EXPECT_EQ(first.merge(Record("totals").count("b", 2)).json(), R"({"type":"end","a":1,"b":2})");
  EXPECT_EQ(Record("end").merge(Record("empty")).json(), R"({"type":"end"})");
}

TEST(Rfc3339, IsUtcWithMicroseconds) {
  EXPECT_EQ(rfc3339(WallTime{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(rfc3339(WallTime(std::chrono::microseconds(951'782'400'000'001))),
            "2000-02-29T00:00:00.000001Z");
  EXPECT_EQ(rfc3339(WallTime(std::chrono::microseconds(-1))), "1969-12-31T23:59:59.999999Z");
}

}  // namespace
}  // namespace patchbay
