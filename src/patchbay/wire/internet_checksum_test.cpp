#include "patchbay/wire/internet_checksum.hpp"

#include <gtest/gtest.h>

#include <random>

#include "patchbay/wire/big_endian.hpp"
#include "patchbay/wire/hex_fixture.hpp"

namespace patchbay {
namespace {

std::vector<std::byte> some_bytes(std::mt19937& chance, std::size_t count) {
  std::vector<std::byte> bytes(count);
  for (std::byte& byte : bytes) byte = static_cast<std::byte>(chance());
  return bytes;
}

TEST(InternetChecksum, IsThatOfTheExampleOfRfc1071) {
  // Section 3: the words add up to ddf2.
  EXPECT_EQ(internet_checksum(from_hex("0001 f203 f4f5 f6f7")), 0xffff - 0xddf2);
}

TEST(InternetChecksum, OfAnOddLengthIsAsIfAZeroFollowed) {
  EXPECT_EQ(internet_checksum(from_hex("0001f2")), internet_checksum(from_hex("0001f200")));
  EXPECT_EQ(internet_checksum(from_hex("0001f203f4")), internet_checksum(from_hex("0001f203f400")));
  EXPECT_NE(internet_checksum(from_hex("0001f2")), internet_checksum(from_hex("000100f2")));
}

TEST(InternetChecksum, OfNothingIsAllOnes) { EXPECT_EQ(internet_checksum({}), 0xffff); }

TEST(InternetChecksum, CarriesComeRound) {
  EXPECT_EQ(internet_checksum(std::vector<std::byte>(65'535, std::byte{0xff})), 0x00ff);
  EXPECT_EQ(internet_checksum(from_hex("ffff 0001")), 0xfffe);
}

TEST(InternetSum, GoesOnFromAnyEvenPlace) {
  std::mt19937 chance(1);
  for (std::size_t size = 0; size <= 67; ++size) {
    const auto bytes = some_bytes(chance, size);
    for (std::size_t cut = 0; cut <= size; cut += 2) {
      InternetSum sum;
      sum.add(std::span(bytes).first(cut));
      sum.add(std::span(bytes).subspan(cut));
      ASSERT_EQ(sum.checksum(), internet_checksum(bytes)) << size << " at " << cut;
    }
  }
}

TEST(InternetSum, TakesNumbersAsTheyStandInThePacket) {
  const auto bytes = from_hex("1234 89abcdef");
  InternetSum sum;
  sum.add16(0x1234);
  sum.add32(0x89abcdef);
  EXPECT_EQ(sum.checksum(), internet_checksum(bytes));
}

TEST(UpdatedChecksum, IsThatOfTheExampleOfRfc1624) {
  // Section 4: equation 3, where equation 4 of RFC 1141 is wrong.
  EXPECT_EQ(updated_checksum(0xdd2f, 0x5555, 0x3285), 0x0000);
}

TEST(UpdatedChecksum, IsThatOfTheChangedBytes) {
  std::mt19937 chance(2);
  for (int round = 0; round < 1000; ++round) {
    auto bytes = some_bytes(chance, 20);
    set16(bytes, 0, 0x4500);  // with something in it, ones' complement has one zero only
    const std::size_t at = 2 + chance() % 9 * 2;
    const std::uint16_t checksum = internet_checksum(bytes);
    const std::uint16_t before = get16(bytes, at);
    const auto after = static_cast<std::uint16_t>(chance());
    set16(bytes, at, after);
    ASSERT_EQ(updated_checksum(checksum, before, after), internet_checksum(bytes)) << round;
  }
}

TEST(PseudoHeaderSum, IsThatOfItsBytes) {
  const auto source = from_hex("c0a80001");
  const auto destination = from_hex("c0a800c7");
  InternetSum sum = pseudo_header_sum(source, destination, 17, 95);
  EXPECT_EQ(sum.checksum(), internet_checksum(from_hex("c0a80001 c0a800c7 00 11 005f")));

  const auto source6 = from_hex("20010db8 00000000 00000000 00000001");
  const auto destination6 = from_hex("20010db8 00000000 00000000 000000ff");
  sum = pseudo_header_sum(source6, destination6, 58, 0x12345);
  EXPECT_EQ(sum.checksum(),
            internet_checksum(from_hex("20010db8 00000000 00000000 00000001 20010db8 00000000"
                                       "00000000 000000ff 00012345 000000 3a")));
}

}  // namespace
}  // namespace patchbay
