#include "patchbay/tools/scan/session/maker_registry.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "patchbay/tools/replace_file.hpp"

namespace patchbay {
namespace {

// In the shape of the file; the makers are made up.
constexpr std::string_view k_registry =
    "OUI/MA-L                                                    Organization\r\n"
    "company_id                                                  Organization\r\n"
    "                                                            Address\r\n"
    "\r\n"
    "00-00-5E   (hex)\t\tLabworks & Sons\r\n"
    "00005E     (base 16)\t\tLabworks & Sons\r\n"
    "\t\t\t\t1 Long Street\r\n"
    "\t\t\t\tHometown  12345\r\n"
    "\t\t\t\tUS\r\n"
    "\r\n"
    "A4-BB-CC   (hex)\t\tPrivate\r\n"
    "A4BBCC     (base 16)\t\tPrivate\r\n"
    "\r\n"
    "70-B3-D5   (hex)\t\tIEEE Registration Authority\r\n"
    "70B3D5     (base 16)\t\tIEEE Registration Authority\r\n"
    "\r\n"
    "FC-00-0A   (hex)\t\tB\xc3\xbcrowerk \x1b[31mGmbH\r\n"
    "FC000A     (base 16)\t\tB\xc3\xbcrowerk \x1b[31mGmbH";

TEST(MakerRegistry, NamesThoseThatAreWanted) {
  EXPECT_EQ(makers_in(k_registry, {0x00005e}), (Makers{{0x00005e, "Labworks & Sons"}}));
  EXPECT_EQ(makers_in(k_registry, {0x00005e, 0xfc000a, 0x123456}),
            (Makers{{0x00005e, "Labworks & Sons"}, {0xfc000a, "B\xc3\xbcrowerk \x1b[31mGmbH"}}));
  EXPECT_EQ(makers_in(k_registry, {}), Makers());
}

TEST(MakerRegistry, WhoeverIsNotToldIsNobody) {
  EXPECT_EQ(makers_in(k_registry, {0xa4bbcc, 0x70b3d5}), Makers());
}

TEST(MakerRegistry, LinesOfAnotherShapeAreNone) {
  for (const char* line :
       {"", "00005E", "00005E ", "00005E(base 16) X", "00005E (base 16)", "00005E (hex) X",
        "00005G (base 16) X", "0x005E (base 16) X", " 00005E (base 16) X", "00005E7 (base 16) X"}) {
    EXPECT_EQ(makers_in(line, {0x5e, 0x5, 0x0}), Makers()) << line;
  }
  EXPECT_EQ(makers_in("00005e\t(base 16)X", {0x5e}), (Makers{{0x5e, "X"}}));
}

TEST(MakerRegistry, ANameIsNotEndless) {
  const std::string line = "00005E     (base 16)\t\t" + std::string(10'000, 'x');
  EXPECT_EQ(makers_in(line, {0x5e}).at(0x5e), std::string(80, 'x'));
}

TEST(MakerRegistry, AddressesThatWereMadeUpHaveNoMaker) {
  EXPECT_EQ(maker_number_of({0x00, 0x00, 0x5e, 0x11, 0x22, 0x33}), 0x00005eU);
  EXPECT_EQ(maker_number_of({0xfc, 0x00, 0x0a, 0, 0, 0}), 0xfc000aU);
  EXPECT_FALSE(maker_number_of({0x02, 0x00, 0x5e, 0x11, 0x22, 0x33}));
  EXPECT_FALSE(maker_number_of({0x01, 0x00, 0x5e, 0x11, 0x22, 0x33}));
  EXPECT_FALSE(maker_number_of({0xff, 0xff, 0xff, 0xff, 0xff, 0xff}));
}

TEST(MakerRegistry, WithoutTheFileThereIsNone) {
  const std::string path = testing::TempDir() + "patchbay-oui.txt";
  ASSERT_TRUE(replace_file(path, k_registry));
  EXPECT_EQ(find_makers({0x5e}, path).at(0x5e), "Labworks & Sons");
  ::unlink(path.c_str());
  EXPECT_EQ(find_makers({0x5e}, path), Makers());
  EXPECT_EQ(find_makers({0x5e}, testing::TempDir()), Makers());
}

}  // namespace
}  // namespace patchbay
