#include "patchbay/tools/scan/targets/host_names.hpp"

#include <gtest/gtest.h>

#include "patchbay/net/group.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay {
namespace {

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

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

class HostNamesTest : public testing::Test {
 protected:
  HostNamesTest() : host_(world_.host("10.9.0.1")) {
    world_.names().add("web1.lab", address("10.0.0.1"));
    world_.names().add("web1.lab", address("fd00::1"));
    world_.names().add("db1.lab", address("10.0.0.2"));
    world_.names().hang("10.0.0.9");
  }

  // How long it takes, too.
  std::string look_up(Asked asked) {
    host_.run(ask(asked));
    const sim::Verdict verdict = world_.run();
    EXPECT_TRUE(verdict) << verdict.describe();
    took_ = std::chrono::floor<std::chrono::milliseconds>(verdict.took);
    return asked.found;
  }

  sim::World world_{1};
  sim::Host& host_;
  Duration took_{};
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

TEST_F(HostNamesTest, SoManyAtATime) {
  world_.names().set_delay(100ms);
  const std::vector<IpAddress> many(10, address("10.0.0.1"));
  EXPECT_EQ(look_up({.addresses = many, .options = {.at_a_time = 4}}), "10.0.0.1=web1.lab");
  EXPECT_EQ(took_, 300ms);
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

Task<> cancelled(Asked& asked) {
  TaskGroup group(co_await current_scope());
  group.spawn(ask, std::ref(asked));
  group.cancel();
  co_await group.join();
}

TEST_F(HostNamesTest, ACancelIsTold) {
  Asked asked{.addresses = {address("10.0.0.9"), address("10.0.0.1")}};
  host_.run(cancelled(asked));
  const sim::Verdict verdict = world_.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_EQ(asked.found, "cancelled");
}

}  // namespace
}  // namespace patchbay
