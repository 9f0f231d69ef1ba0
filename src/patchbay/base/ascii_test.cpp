#include "patchbay/base/ascii.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

TEST(Ascii, EveryByteIsAControlOrVisibleOrABlankOrNone) {
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    EXPECT_EQ(is_ascii_control(c), byte < 0x20 || byte == 0x7f) << byte;
    EXPECT_EQ(is_ascii_visible(c), byte > 0x20 && byte < 0x7f) << byte;
  }
}

}  // namespace
}  // namespace patchbay
