// ScreenLayout: what stands where on a terminal of a size: rooms on the left, what was said in the
// middle, members on the right, a line of state and the line that is typed below. It computes and
// draws nothing.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/chat_client/chat_model.hpp"
#include "patchbay/tools/chat_client/input_line.hpp"

namespace patchbay::chat_client {

enum class ScreenStyle : std::uint8_t {
  plain,
  dim,
  bold,
  bar,      // the lines above and below
  mention,  // somebody calls
  warning,
  own,
  name_1,  // of others, each its own by its letters
  name_2,
  name_3,
  name_4,
  name_5,
  name_6,
};

struct ScreenSpan {
  std::string text;
  ScreenStyle style = ScreenStyle::plain;

  friend bool operator==(const ScreenSpan&, const ScreenSpan&) = default;
};
using ScreenRow = std::vector<ScreenSpan>;

struct ScreenSize {
  std::size_t rows = 24;
  std::size_t columns = 80;
};

struct ScreenFrame {
  std::vector<ScreenRow> rows;  // as many as the screen has, each as wide as it is
  std::size_t cursor_row = 0;
  std::size_t cursor_column = 0;
  std::size_t shown_lines = 0;  // of the room that is shown, whole or in part
};

struct ScreenState {
  const ChatModel& model;
  const InputLine& input;
  std::string server;           // clean
  std::string connection = {};  // "connecting", "next try in 4 s", …; empty: all is well
  Duration utc_offset{};        // of the clock that people here read
};

// The members are shown from 80 columns on, the rooms from 60.
ScreenFrame lay_out(const ScreenState& state, ScreenSize size);

// The text of a row, for tests.
std::string text_of(const ScreenRow& row);

}  // namespace patchbay::chat_client
