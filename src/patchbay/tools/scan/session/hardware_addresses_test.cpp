#include "patchbay/tools/scan/session/hardware_addresses.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include "patchbay/tools/replace_file.hpp"

namespace patchbay {
namespace {

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

constexpr EthernetAddress k_made = {0x00, 0x00, 0x5e, 0x11, 0x22, 0x33};
constexpr EthernetAddress k_made_up = {0x02, 0x00, 0x5e, 0x11, 0x22, 0x33};

TEST(HardwareAddresses, HaveMakersWhereTheRegistryNamesThem) {
  const std::string path = testing::TempDir() + "patchbay-makers.txt";
  ASSERT_TRUE(replace_file(path, "00005E     (base 16)\t\tLabworks\n"));
  HardwareAddresses all;
  all.learn(address("10.0.0.1"), k_made);
  all.learn(address("10.0.0.2"), k_made_up);
  all.learn(address("10.0.0.3"), {});
  all.look_up_makers(path);
  ::unlink(path.c_str());
  ASSERT_TRUE(all.find(address("10.0.0.1")));
  EXPECT_EQ(all.find(address("10.0.0.1"))->address, k_made);
  EXPECT_EQ(all.find(address("10.0.0.1"))->maker, "Labworks");
  EXPECT_EQ(all.find(address("10.0.0.2"))->address, k_made_up);
  EXPECT_EQ(all.find(address("10.0.0.2"))->maker, "");
  EXPECT_FALSE(all.find(address("10.0.0.3")));
  EXPECT_FALSE(all.find(address("10.0.0.9")));
}

TEST(HardwareAddresses, WithoutARegistryTheyHaveNone) {
  HardwareAddresses all;
  all.learn(address("10.0.0.1"), k_made);
  all.look_up_makers("/nowhere/oui.txt");
  EXPECT_EQ(all.find(address("10.0.0.1"))->maker, "");
}

TEST(HardwareAddresses, ALinkLocalHostIsFoundWhateverItsLinkIsCalled) {
  HardwareAddresses all;
  all.learn(IpAddress(address("fe80::1").v6(), 7), k_made);
  EXPECT_TRUE(all.find(address("fe80::1")));
}

TEST(HardwareAddresses, AreNotEndless) {
  HardwareAddresses all;
  for (std::uint32_t i = 0; i < HardwareAddresses::k_most + 10; ++i) {
    all.learn(address_of(0x0a000000 + i, Family::v4), k_made);
  }
  EXPECT_TRUE(all.find(address_of(0x0a000000 + HardwareAddresses::k_most - 1, Family::v4)));
  EXPECT_FALSE(all.find(address_of(0x0a000000 + HardwareAddresses::k_most, Family::v4)));
  all.learn(address("10.0.0.0"), k_made_up);
  EXPECT_EQ(all.find(address("10.0.0.0"))->address, k_made_up) << "a host may say otherwise";
}

}  // namespace
}  // namespace patchbay
