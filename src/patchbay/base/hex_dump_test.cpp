#include "patchbay/base/hex_dump.hpp"

#include <gtest/gtest.h>

#include <string>

namespace patchbay {
namespace {

using namespace std::string_literals;

TEST(HexDump, LooksLikeHexdumpC) {
  EXPECT_EQ(hex_dump("Hello, world!\n"),
            "00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 21 0a        |Hello, world!.|\n"
            "0000000e\n");
}

TEST(HexDump, BreaksAfterSixteenBytes) {
  EXPECT_EQ(hex_dump("0123456789abcdef!"),
            "00000000  30 31 32 33 34 35 36 37  38 39 61 62 63 64 65 66  |0123456789abcdef|\n"
            "00000010  21                                                |!|\n"
            "00000011\n");
}

TEST(HexDump, IsEmptyForNoBytes) { EXPECT_EQ(hex_dump(""), ""); }

TEST(HexDump, ShowsEveryRepeatedLine) {
  const std::string dump = hex_dump(std::string(48, '\0'));
  EXPECT_EQ(dump.find('*'), std::string::npos);
  EXPECT_NE(dump.find("\n00000020  00 00"), std::string::npos);
}

TEST(HexDump, IsPlainAsciiWhateverTheBytes) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  const std::string dump = hex_dump(all);
  for (const char c : dump) EXPECT_TRUE(c == '\n' || (c >= 0x20 && c < 0x7f));
  EXPECT_NE(dump.find("70 71 72 73 74 75 76 77  78 79 7a 7b 7c 7d 7e 7f  |pqrstuvwxyz{|}~.|"),
            std::string::npos);
  EXPECT_NE(dump.find("f8 f9 fa fb fc fd fe ff  |................|\n00000100\n"),
            std::string::npos);
}

TEST(HexDumper, CarriesThePrefixAndTheOffset) {
  HexDumper sent("> ");
  EXPECT_EQ(sent.next("GET"),
            "> 00000000  47 45 54                                          |GET|\n");
  EXPECT_EQ(sent.next(""), "");
  EXPECT_EQ(sent.next("\r\n"s),
            "> 00000003  0d 0a                                             |..|\n");
  EXPECT_EQ(sent.offset(), 5u);
  EXPECT_EQ(sent.end(), "> 00000005\n");
}

TEST(HexDumper, GoesOnBeyondFourGibibytes) {
  HexDumper dumper("", 0xffff'fffe);
  EXPECT_TRUE(dumper.next("abcd").starts_with("fffffffe  61"));
  EXPECT_TRUE(dumper.next("e").starts_with("100000002  65"));
}

TEST(HexDumper, AgreesWithTheWholeDump) {
  const std::string bytes(100, 'x');
  HexDumper dumper;
  std::string lines;
  for (std::size_t i = 0; i < bytes.size(); i += 32) lines += dumper.next(bytes.substr(i, 32));
  EXPECT_EQ(lines + dumper.end(), hex_dump(bytes));
}

}  // namespace
}  // namespace patchbay
