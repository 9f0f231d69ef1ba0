#include "patchbay/cli/globals.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

struct ColorCase {
  const char* name;
  ColorWhen when;
  std::vector<std::string> environment;
  bool is_terminal;
  bool expected;
};

class Color : public testing::TestWithParam<ColorCase> {};

TEST_P(Color, FollowsFlagThenNoColorThenForceThenTerminal) {
  Process process;
  process.environment = GetParam().environment;
  EXPECT_EQ(wants_color(GetParam().when, process, GetParam().is_terminal), GetParam().expected);
}

constexpr ColorWhen automatic = ColorWhen::automatic;

INSTANTIATE_TEST_SUITE_P(
    Matrix, Color,
    testing::Values(
        ColorCase{"terminal", automatic, {"TERM=xterm"}, true, true},
        ColorCase{"pipe", automatic, {"TERM=xterm"}, false, false},
        ColorCase{"dumb_terminal", automatic, {"TERM=dumb"}, true, false},
        ColorCase{"terminal_without_a_name", automatic, {}, true, false},
        ColorCase{"no_color", automatic, {"TERM=xterm", "NO_COLOR=1"}, true, false},
        ColorCase{"no_color_of_any_value", automatic, {"TERM=xterm", "NO_COLOR=0"}, true, false},
        ColorCase{"empty_no_color", automatic, {"TERM=xterm", "NO_COLOR="}, true, true},
        ColorCase{"force_in_a_pipe", automatic, {"CLICOLOR_FORCE=1"}, false, true},
        ColorCase{"force_of_zero", automatic, {"CLICOLOR_FORCE=0"}, false, false},
        ColorCase{"force_beats_dumb", automatic, {"TERM=dumb", "CLICOLOR_FORCE=1"}, true, true},
        ColorCase{
            "no_color_beats_force", automatic, {"NO_COLOR=1", "CLICOLOR_FORCE=1"}, true, false},
        ColorCase{"flag_beats_no_color", ColorWhen::always, {"NO_COLOR=1"}, false, true},
        ColorCase{"flag_beats_force", ColorWhen::never, {"CLICOLOR_FORCE=1"}, true, false}),
    [](const auto& info) { return info.param.name; });

TEST(OutputOptions, JudgesStdoutAndStderrApart) {
  Process process;
  process.environment = {"TERM=xterm"};
  process.out_is_terminal = false;
  process.err_is_terminal = true;
  const OutputOptions options = output_options({}, process);
  EXPECT_FALSE(options.color_out);
  EXPECT_TRUE(options.color_err);
  EXPECT_TRUE(options.err_is_terminal);
  EXPECT_TRUE(options.progress);
}

}  // namespace
}  // namespace patchbay
