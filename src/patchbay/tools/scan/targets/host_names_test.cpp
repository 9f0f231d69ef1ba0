#include "patchbay/tools/scan/targets/host_names.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/targets/look_up_fixture.hpp"

namespace patchbay {
namespace {

struct Asked {
  std::vector<IpAddress> addresses;
  HostNamesOptions options = {};
  std::string found = {};
};

// "10.0.0.1=web1 10.0.0.2=db, 1 failed: the deadline passed"
std::string told(const HostNames& all) {
  std::string text;
  for (const auto& [address, name] : all.names) {
    text += (text.empty() ? "" : " ") + address.to_string() + "=" + name;
  }
  if (all.failed == 0) return text;
  return text + ", " + std::to_string(all.failed) + " failed: " + std::string(all.failure->why());
}

Task<> ask(Asked& asked) {
  const auto all = co_await look_up_hosts(asked.addresses, asked.options);
  asked.found = all ? told(*all) : std::string(name_of(all.error().fault()));
}

class HostNamesTest : public LookUpTest<Asked> {
 protected:
  HostNamesTest() {
    world_.names().add("web1.lab", address("10.0.0.1"));
    world_.names().add("web1.lab", address("fd00::1"));
    world_.names().add("db1.lab", address("10.0.0.2"));
    world_.names().hang("10.0.0.9");
  }
};

TEST_F(HostNamesTest, AreThoseOfAddressesThatHaveOne) {
  EXPECT_EQ(look_up({.addresses = {address("10.0.0.2"), address("10.0.0.1"), address("10.0.0.3"),
                                   address("fd00::1")}}),
            "10.0.0.1=web1.lab 10.0.0.2=db1.lab fd00::1=web1.lab");
}

TEST_F(HostNamesTest, NoAddressesAreNoWork) { EXPECT_EQ(look_up({.addresses = {}}), ""); }

TEST_F(HostNamesTest, AServerThatIsSilentCostsNobodyElse) {
  EXPECT_EQ(look_up({.addresses = {address("10.0.0.9"), address("10.0.0.1"), address("10.0.0.9")},
                     .options = {.timeout = 3s}}),
            "10.0.0.1=web1.lab, 2 failed: the deadline passed");
  EXPECT_EQ(took_, 3s);
}

TEST_F(HostNamesTest, AllOfThemHaveALimit) {
  world_.names().set_delay(100ms);
  const std::vector<IpAddress> many(10, address("10.0.0.1"));
  EXPECT_EQ(look_up({.addresses = many, .options = {.all = 150ms, .at_a_time = 4}}),
            "10.0.0.1=web1.lab, 6 failed: the deadline passed");
  EXPECT_EQ(took_, 150ms);
}

TEST_F(HostNamesTest, ANameThatIsTooLongIsNone) {
  world_.names().add(std::string(254, 'a'), address("10.0.0.5"));
  world_.names().add(std::string(253, 'b'), address("10.0.0.6"));
  EXPECT_EQ(look_up({.addresses = {address("10.0.0.5"), address("10.0.0.6")}}),
            "10.0.0.6=" + std::string(253, 'b'));
}

TEST_F(HostNamesTest, ACancelIsTold) {
  EXPECT_EQ(look_up_and_cancel({.addresses = {address("10.0.0.9"), address("10.0.0.1")}}),
            "cancelled");
}

}  // namespace
}  // namespace patchbay
