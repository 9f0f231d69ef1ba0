#include "patchbay/tools/scan/targets/target_names.hpp"

#include <gtest/gtest.h>

#include "patchbay/net/group.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay {
namespace {

IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

struct Asked {
  std::vector<std::string> names;
  TargetNamesOptions options = {};
  Duration limit = 1h;
  std::string found = {};
};

// "web1=10.0.0.1,fd00::1 nobody: no such name exists "
std::string told(const std::vector<LookedUpName>& all) {
  std::string text;
  for (const LookedUpName& one : all) {
    text += one.name;
    if (!one.addresses) {
      text += ": " + one.addresses.error().why() + " ";
      continue;
    }
    char joint = '=';
    for (const IpAddress& each : *one.addresses) {
      text += joint + each.to_string();
      joint = ',';
    }
    text += " ";
  }
  return text;
}

Task<> ask(Asked& asked) {
  const auto all =
      co_await look_up_targets(asked.names, asked.options, Deadline::after(asked.limit));
  asked.found = all ? told(*all) : std::string(name_of(all.error().fault()));
}

class TargetNames : public testing::Test {
 protected:
  TargetNames() : host_(world_.host("10.9.0.1")) {
    world_.names().add("web1", address("10.0.0.1"));
    world_.names().add("web1", address("fd00::1"));
    world_.names().add("web2", address("10.0.0.2"));
    world_.names().hang("silent");
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

TEST_F(TargetNames, GiveAllAddressesOfBothFamilies) {
  EXPECT_EQ(look_up({.names = {"web2", "web1", "10.0.0.7"}}),
            "web2=10.0.0.2 web1=fd00::1,10.0.0.1 10.0.0.7=10.0.0.7 ");
}

TEST_F(TargetNames, OfOneFamilyWhenThatIsAskedFor) {
  EXPECT_EQ(look_up({.names = {"web1", "web2"}, .options = {.family = Family::v6}}),
            "web1=fd00::1 web2: the name exists, but has no address of that family ");
}

TEST_F(TargetNames, AFailureIsTheNamesOwn) {
  EXPECT_EQ(look_up({.names = {"nobody", "web2", "silent"}, .options = {.timeout = 3s}}),
            "nobody: no such name exists web2=10.0.0.2 silent: the deadline passed ");
  EXPECT_EQ(took_, 3s);
}

TEST_F(TargetNames, SoManyAtATime) {
  world_.names().set_delay(100ms);
  std::vector<std::string> names(10, "web2");
  std::string all;
  for (std::size_t i = 0; i < names.size(); ++i) all += "web2=10.0.0.2 ";
  EXPECT_EQ(look_up({.names = names, .options = {.at_a_time = 4}}), all);
  EXPECT_EQ(took_, 300ms);
}

TEST_F(TargetNames, TheDeadlineIsForAllOfThem) {
  world_.names().set_delay(100ms);
  EXPECT_EQ(
      look_up({.names = {"web2", "web2", "web2"}, .options = {.at_a_time = 1}, .limit = 150ms}),
      "web2=10.0.0.2 web2: the deadline passed web2: the deadline passed ");
  EXPECT_EQ(took_, 150ms);
}

TEST_F(TargetNames, NoNamesAreNoWork) { EXPECT_EQ(look_up({.names = {}}), ""); }

Task<> cancelled(Asked& asked) {
  TaskGroup group(co_await current_scope());
  group.spawn(ask, std::ref(asked));
  group.cancel();
  co_await group.join();
}

TEST_F(TargetNames, ACancelIsTold) {
  Asked asked{.names = {"silent", "web1"}};
  host_.run(cancelled(asked));
  const sim::Verdict verdict = world_.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_EQ(asked.found, "cancelled");
}

TEST_F(TargetNames, AddressesOfOneInterfaceAreNone) {
  const auto scoped = IpAddress(address("fe80::1").v6(), 1);
  world_.names().add("link", scoped);
  world_.names().add("both", scoped);
  world_.names().add("both", address("10.0.0.3"));
  EXPECT_EQ(look_up({.names = {"link", "both"}}),
            "link: its only addresses are those of one interface both=10.0.0.3 ");
}

}  // namespace
}  // namespace patchbay
