#include "patchbay/wire/byteranges.hpp"

#include <gtest/gtest.h>

#include <array>

namespace patchbay {
namespace {

// The example of RFC 9110 section 14.6.
TEST(Byteranges, FrameThePartsAsTheRfcDoes) {
  EXPECT_EQ(byteranges_type("THIS_STRING_SEPARATES"),
            "multipart/byteranges; boundary=THIS_STRING_SEPARATES");
  EXPECT_EQ(byteranges_part_head("THIS_STRING_SEPARATES", "application/pdf",
                                 {.first = 500, .length = 500}, 8000),
            "\r\n--THIS_STRING_SEPARATES\r\n"
            "Content-Type: application/pdf\r\n"
            "Content-Range: bytes 500-999/8000\r\n"
            "\r\n");
  EXPECT_EQ(byteranges_end("THIS_STRING_SEPARATES"), "\r\n--THIS_STRING_SEPARATES--\r\n");
}

TEST(Byteranges, KnowTheirLengthBeforehand) {
  const std::string file(8000, 'x');
  const std::string_view type = "text/plain; charset=utf-8";
  const std::array<ByteRange, 3> ranges = {{{7000, 1000}, {0, 1}, {500, 500}}};
  std::string whole;
  for (const ByteRange& range : ranges) {
    whole += byteranges_part_head("b", type, range, file.size());
    whole += file.substr(range.first, range.length);
  }
  whole += byteranges_end("b");
  EXPECT_EQ(byteranges_length("b", type, ranges, file.size()), whole.size());
  EXPECT_EQ(byteranges_length("b", type, {}, file.size()), byteranges_end("b").size());
}

}  // namespace
}  // namespace patchbay
