#include "patchbay/tools/command.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/output.hpp"

namespace patchbay {
namespace {

enum class Mode { quiet, loud };

struct Flags {
  std::string listen = "127.0.0.1:5000";
  std::optional<std::string> reply;
  std::vector<std::string> hosts = {"a", "b"};
  std::uint8_t small = 7;
  std::optional<std::uint32_t> maybe;
  Duration idle = 90s;
  std::size_t buffer = 65'536;
  std::uint64_t rate = 100'000'000;
  double ratio = 0.5;
  Mode mode = Mode::loud;
  bool once = false;
};

int run_nothing(const Flags& flags, Output&) { return flags.small; }

struct CommandTest : testing::Test {
  Command root{"patchbay", "a root", nullptr};
};

TEST_F(CommandTest, AFlagsSpellingIsTakenApart) {
  auto [command, o] = root.add("run", "runs", run_nothing);
  const Flag& both = command.flag("-r, --reply TEMPLATE", text(o.reply), "answer");
  EXPECT_EQ(both.letter, 'r');
  EXPECT_EQ(both.name, "reply");
  EXPECT_EQ(both.value_name, "TEMPLATE");
  const Flag& plain = command.flag("--once", toggle(o.once), "once");
  EXPECT_EQ(plain.letter, 0);
  EXPECT_EQ(plain.name, "once");
  EXPECT_EQ(plain.value_name, "");
  EXPECT_FALSE(plain.takes_value());
}

TEST_F(CommandTest, DefaultsAreShownAsTheyAreTyped) {
  Flags o;
  EXPECT_EQ(endpoint(o.listen).initial, "127.0.0.1:5000");
  EXPECT_EQ(text(o.reply).initial, "");
  EXPECT_EQ(host(o.hosts).initial, "a,b");
  EXPECT_EQ(count(o.small).initial, "7");
  EXPECT_EQ(count(o.maybe).initial, "");
  EXPECT_EQ(duration(o.idle).initial, "1min30s");
  EXPECT_EQ(size(o.buffer).initial, "64KiB");
  EXPECT_EQ(rate(o.rate).initial, "100Mbit/s");
  EXPECT_EQ(number(o.ratio).initial, "0.5");
  EXPECT_EQ(choice(o.mode, {{"quiet", Mode::quiet}, {"loud", Mode::loud}}).initial, "loud");
}

// What the help shows as a default must be accepted when it is typed.
TEST_F(CommandTest, DefaultsReadBack) {
  Flags o;
  for (const Value& value : {endpoint(o.listen), count(o.small), duration(o.idle), size(o.buffer),
                             rate(o.rate), number(o.ratio)}) {
    EXPECT_TRUE(value.assign(value.initial).has_value()) << value.initial;
  }
  EXPECT_EQ(o.idle, 90s);
  EXPECT_EQ(o.buffer, 65'536U);
  EXPECT_EQ(o.rate, 100'000'000U);
}

TEST_F(CommandTest, ValuesLandInTheirFields) {
  Flags o;
  EXPECT_TRUE(count(o.maybe).assign("5"));
  EXPECT_EQ(o.maybe, 5U);
  EXPECT_TRUE(duration(o.idle).assign("250ms"));
  EXPECT_EQ(o.idle, 250ms);
  EXPECT_TRUE(size(o.buffer).assign("1.5KiB"));
  EXPECT_EQ(o.buffer, 1'536U);
  EXPECT_TRUE(rate(o.rate).assign("10MB/s"));
  EXPECT_EQ(o.rate, 80'000'000U);
  EXPECT_TRUE(choice(o.mode, {{"quiet", Mode::quiet}, {"loud", Mode::loud}}).assign("quiet"));
  EXPECT_EQ(o.mode, Mode::quiet);
  const Value list = host(o.hosts);
  list.clear();
  EXPECT_TRUE(list.assign("c"));
  EXPECT_EQ(o.hosts, std::vector<std::string>{"c"});
}

TEST_F(CommandTest, WhatDoesNotFitTheFieldIsRefused) {
  Flags o;
  EXPECT_EQ(count(o.small).assign("256").error().why, "the most is 255");
  EXPECT_EQ(count(o.small, 5).assign("4").error().why, "the least is 5");
  EXPECT_EQ(o.small, 7) << "a refused word changes nothing";
  for (const char* word : {"", " 1", "1 ", "+1", "-1", "0x10", "1e3", "1.0", "one"}) {
    EXPECT_FALSE(count(o.small).assign(word)) << word;
  }
  for (const char* word : {"", "nan", "1x", "--1"})
    EXPECT_FALSE(number(o.ratio).assign(word)) << word;
  EXPECT_EQ(duration(o.idle, 1s, 1h).assign("2h").error().why, "the most is 1h");
  EXPECT_FALSE(duration(o.idle).assign("5"));
  EXPECT_FALSE(rate(o.rate).assign("100M"));
  EXPECT_EQ(choice(o.mode, {{"quiet", Mode::quiet}}).assign("loud").error().remedy, "quiet");
}

TEST(Value, ALimitIsToldSoThatItMayBeUsed) {
  std::size_t bytes = 0;
  const Value value = size(bytes, 0, 65'507);
  const auto refused = value.assign("65536");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().why, "the most is 65507");
  EXPECT_TRUE(value.assign("65507"));
}

TEST_F(CommandTest, TogglesSpeakSeveralDialects) {
  Flags o;
  const Value value = toggle(o.once);
  for (const char* word : {"true", "yes", "on", "1"}) {
    o.once = false;
    EXPECT_TRUE(value.assign(word) && o.once) << word;
  }
  for (const char* word : {"false", "no", "off", "0"}) {
    o.once = true;
    EXPECT_TRUE(value.assign(word) && !o.once) << word;
  }
  EXPECT_FALSE(value.assign("TRUE!"));
}

TEST_F(CommandTest, ArgumentsAreNeededUnlessThereIsAnotherWay) {
  auto [command, o] = root.add("run", "runs", run_nothing);
  std::string empty;
  std::vector<std::string> files;
  EXPECT_TRUE(command.argument("HOST:PORT", endpoint(empty), "where").is_required);
  EXPECT_FALSE(command.argument("[ADDR:]PORT", endpoint(o.listen), "a default").is_required);
  EXPECT_TRUE(command.argument("[ADDR:]PORT", endpoint(empty), "no default").is_required);
  EXPECT_FALSE(command.argument("[PORT]", endpoint(empty), "brackets").is_required);
  EXPECT_FALSE(command.argument("TEXT", text(o.reply), "an optional field").is_required);
  EXPECT_TRUE(command.argument("FILE…", file(files), "some").is_required);
  EXPECT_FALSE(command.argument("[FILE]…", file(files), "any").is_required);
}

TEST_F(CommandTest, TheTreeKnowsItsPaths) {
  Command& group = root.group("tcp", "a group");
  auto [serve, o] = group.add("serve", "a command", run_nothing);
  o.small = 42;
  EXPECT_EQ(serve.path(), "tcp serve");
  EXPECT_EQ(serve.path('.'), "tcp.serve");
  EXPECT_EQ(root.path(), "");
  EXPECT_EQ(root.find("tcp"), &group);
  EXPECT_EQ(root.find("serve"), nullptr);
  EXPECT_FALSE(group.runs());
  Output out({});
  EXPECT_EQ(serve.run(out), 42);
}

}  // namespace
}  // namespace patchbay
