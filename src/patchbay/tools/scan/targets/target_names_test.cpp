#include "patchbay/tools/scan/targets/target_names.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/targets/look_up_fixture.hpp"

namespace patchbay {
namespace {

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

class TargetNames : public LookUpTest<Asked> {
 protected:
  TargetNames() {
    world_.names().add("web1", address("10.0.0.1"));
    world_.names().add("web1", address("fd00::1"));
    world_.names().add("web2", address("10.0.0.2"));
    world_.names().hang("silent");
  }
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

TEST_F(TargetNames, TheDeadlineIsForAllOfThem) {
  world_.names().set_delay(100ms);
  EXPECT_EQ(
      look_up({.names = {"web2", "web2", "web2"}, .options = {.at_a_time = 1}, .limit = 150ms}),
      "web2=10.0.0.2 web2: the deadline passed web2: the deadline passed ");
  EXPECT_EQ(took_, 150ms);
}

TEST_F(TargetNames, NoNamesAreNoWork) { EXPECT_EQ(look_up({.names = {}}), ""); }

TEST_F(TargetNames, ACancelIsTold) {
  EXPECT_EQ(look_up_and_cancel({.names = {"silent", "web1"}}), "cancelled");
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
