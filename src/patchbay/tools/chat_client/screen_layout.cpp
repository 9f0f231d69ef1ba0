#include "patchbay/tools/chat_client/screen_layout.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "patchbay/tools/chat_client/chat_text.hpp"

namespace patchbay::chat_client {

namespace {

constexpr std::size_t k_rooms_from = 60;  // columns of the screen
constexpr std::size_t k_members_from = 80;
constexpr std::size_t k_rooms_width = 16;
constexpr std::size_t k_members_width = 16;
constexpr std::size_t k_time_width = 6;    // "12:34 "
constexpr std::size_t k_most_indent = 20;  // of the rows behind a line's first
constexpr std::size_t k_bars = 3;          // topic, state, input
constexpr std::size_t k_most_rows_of_line = 200;

const ScreenSpan k_edge{"│", ScreenStyle::dim};

ScreenStyle name_style(const ChatLine& line) {
  if (line.own) return ScreenStyle::own;
  if (line.mentions) return ScreenStyle::mention;
  std::size_t sum = 0;
  for (const char c : fold_name(line.from)) sum = sum * 31 + static_cast<unsigned char>(c);
  return static_cast<ScreenStyle>(static_cast<std::size_t>(ScreenStyle::name_1) + sum % 6);
}

// Where each column of the screen belongs.
struct Columns {
  explicit Columns(std::size_t all)
      : rooms(all >= k_rooms_from ? k_rooms_width : 0),
        members(all >= k_members_from ? k_members_width : 0),
        chat(all - rooms - members - (rooms > 0 ? 1 : 0) - (members > 0 ? 1 : 0)) {}

  std::size_t rooms;
  std::size_t members;
  std::size_t chat;
};

std::string clock_text(WallTime at, Duration offset) {
  const auto local = std::chrono::floor<std::chrono::minutes>(
      at + std::chrono::duration_cast<std::chrono::microseconds>(offset));
  const auto of_day = local - std::chrono::floor<std::chrono::days>(local);
  return fmt::format("{:02}:{:02} ", of_day / 1h, of_day % 1h / 1min);
}

struct Prefix {
  std::string text;
  ScreenStyle style = ScreenStyle::plain;
};

Prefix prefix_of(const ChatLine& line) {
  switch (line.kind) {
    case ChatLine::Kind::message: return {fmt::format("<{}> ", line.from), name_style(line)};
    case ChatLine::Kind::action: return {fmt::format("* {} ", line.from), name_style(line)};
    case ChatLine::Kind::notice: return {fmt::format("-{}- ", line.from), name_style(line)};
    case ChatLine::Kind::happening: return {"-- ", ScreenStyle::dim};
    case ChatLine::Kind::word: return {"  ", ScreenStyle::dim};
    case ChatLine::Kind::refusal: return {"! ", ScreenStyle::warning};
  }
  return {};
}

ScreenStyle text_style(const ChatLine& line) {
  if (line.kind == ChatLine::Kind::happening) return ScreenStyle::dim;
  if (line.kind == ChatLine::Kind::refusal) return ScreenStyle::warning;
  return line.mentions ? ScreenStyle::bold : ScreenStyle::plain;
}

// The rows of one line, each of exactly `width` columns.
std::vector<ScreenRow> rows_of(const ChatLine& line, std::size_t width, Duration offset) {
  const std::string time = width > 2 * k_time_width ? clock_text(line.at, offset) : std::string();
  Prefix prefix = prefix_of(line);
  const std::size_t most_prefix = (width - time.size()) / 2;
  prefix.text = fitting(prefix.text, most_prefix);
  const std::size_t before = time.size() + columns_of(prefix.text);
  const std::size_t indent = std::min({before, k_most_indent, width / 2});
  const ScreenStyle style = text_style(line);
  std::vector<ScreenRow> rows;
  for (const std::string_view piece : wrap(line.text, width - before, width - indent)) {
    if (rows.size() == k_most_rows_of_line) break;
    if (rows.empty()) {
      rows.push_back({{time, ScreenStyle::dim},
                      {prefix.text, prefix.style},
                      {in_columns(piece, width - before), style}});
    } else {
      rows.push_back({{std::string(indent, ' ')}, {in_columns(piece, width - indent), style}});
    }
  }
  return rows;
}

// The chat's rows from top to bottom, and of how many lines they are.
std::vector<ScreenRow> chat_rows(const ChatRoom& room, std::size_t height, std::size_t width,
                                 Duration offset, std::size_t& shown_lines) {
  std::vector<ScreenRow> from_below;
  const auto& lines = room.scrollback.lines();
  for (std::size_t behind = room.below; behind < lines.size() && from_below.size() < height;
       ++behind) {
    std::vector<ScreenRow> rows = rows_of(lines[lines.size() - 1 - behind], width, offset);
    ++shown_lines;
    for (auto row = rows.rbegin(); row != rows.rend() && from_below.size() < height; ++row) {
      from_below.push_back(std::move(*row));
    }
  }
  from_below.resize(height, ScreenRow{ScreenSpan{std::string(width, ' ')}});
  std::ranges::reverse(from_below);
  return from_below;
}

// Of a list, the part of `height` entries in which `index` is.
std::size_t first_shown(std::size_t size, std::size_t index, std::size_t height) {
  if (size <= height || index < height / 2) return 0;
  return std::min(index - height / 2, size - height);
}

ScreenSpan room_span(const ScreenState& state, std::size_t index) {
  const ChatRoom& room = *state.model.rooms()[index];
  const std::string& name = room.name.empty() ? state.server : room.name;
  const std::string count = room.unread > 0 ? fmt::format(" {}", room.unread) : std::string();
  const std::size_t for_name = k_rooms_width - std::min(count.size(), k_rooms_width - 1);
  ScreenStyle style = ScreenStyle::dim;
  if (room.joined || index == 0) style = ScreenStyle::plain;
  if (room.unread > 0) style = ScreenStyle::bold;
  if (room.mentions > 0) style = ScreenStyle::mention;
  if (index == state.model.current_index()) style = ScreenStyle::bar;
  return {in_columns(name, for_name) + count, style};
}

std::vector<ScreenSpan> room_column(const ScreenState& state, std::size_t height) {
  std::vector<ScreenSpan> column;
  const std::size_t size = state.model.rooms().size();
  const std::size_t first = first_shown(size, state.model.current_index(), height);
  for (std::size_t i = first; i < size && column.size() < height; ++i) {
    column.push_back(room_span(state, i));
  }
  column.resize(height, {std::string(k_rooms_width, ' ')});
  return column;
}

std::vector<ScreenSpan> member_column(const ChatRoom& room, std::size_t height) {
  std::vector<ScreenSpan> column;
  for (const auto& [folded, member] : room.members) {
    if (column.size() == height) break;
    column.push_back(
        {in_columns(member.signs.substr(0, 1) + member.name, k_members_width), ScreenStyle::plain});
  }
  if (column.size() < room.members.size() && !column.empty()) {
    column.back() = {in_columns(fmt::format("… {} in all", room.members.size()), k_members_width),
                     ScreenStyle::dim};
  }
  column.resize(height, {std::string(k_members_width, ' ')});
  return column;
}

ScreenRow topic_row(const ScreenState& state, std::size_t columns) {
  const ChatRoom& room = state.model.current();
  const std::string name = room.name.empty() ? state.server : room.name;
  const std::string text =
      room.topic.empty() ? fmt::format(" {}", name) : fmt::format(" {}: {}", name, room.topic);
  return {{in_columns(text, columns), ScreenStyle::bar}};
}

ScreenRow state_row(const ScreenState& state, std::size_t columns) {
  const ChatModel& model = state.model;
  std::string text = fmt::format(" {} @ {}", model.own_name(), state.server);
  if (!state.connection.empty()) text += fmt::format("  [{}]", state.connection);
  if (!model.current().members.empty()) {
    text += fmt::format("  {} here", model.current().members.size());
  }
  if (model.current().below > 0) text += fmt::format("  {} lines below", model.current().below);
  std::string unread;
  for (const auto& room : model.rooms()) {
    if (room->unread == 0) continue;
    unread += fmt::format(" {}:{}{}", room->name.empty() ? state.server : room->name, room->unread,
                          room->mentions > 0 ? "!" : "");
  }
  if (!unread.empty()) text += "  unread" + unread;
  return {{in_columns(text, columns), ScreenStyle::bar}};
}

}  // namespace

std::string text_of(const ScreenRow& row) {
  std::string text;
  for (const ScreenSpan& span : row) text += span.text;
  return text;
}

ScreenFrame lay_out(const ScreenState& state, ScreenSize size) {
  size.rows = std::max<std::size_t>(size.rows, 1);
  size.columns = std::max<std::size_t>(size.columns, 4);
  const std::size_t height = size.rows > k_bars ? size.rows - k_bars : 0;
  const Columns columns(size.columns);
  ScreenFrame frame;
  if (size.rows >= 2) frame.rows.push_back(topic_row(state, size.columns));
  auto chat =
      chat_rows(state.model.current(), height, columns.chat, state.utc_offset, frame.shown_lines);
  const auto rooms = room_column(state, columns.rooms > 0 ? height : 0);
  const auto members = member_column(state.model.current(), columns.members > 0 ? height : 0);
  for (std::size_t i = 0; i < height; ++i) {
    ScreenRow row;
    if (columns.rooms > 0) row = {rooms[i], k_edge};
    row.insert(row.end(), chat[i].begin(), chat[i].end());
    if (columns.members > 0) row.insert(row.end(), {k_edge, members[i]});
    frame.rows.push_back(std::move(row));
  }
  if (size.rows >= k_bars) frame.rows.push_back(state_row(state, size.columns));
  const std::string prompt = "> ";
  const auto input = state.input.shown(size.columns - prompt.size());
  frame.cursor_row = frame.rows.size();
  frame.cursor_column = prompt.size() + input.cursor_column;
  const std::string typed = in_columns(input.text, size.columns - prompt.size());
  frame.rows.push_back(ScreenRow{ScreenSpan{prompt + typed}});
  return frame;
}

}  // namespace patchbay::chat_client
