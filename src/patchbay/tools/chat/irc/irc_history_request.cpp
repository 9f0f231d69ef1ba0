#include "patchbay/tools/chat/irc/irc_history_request.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "patchbay/base/ascii.hpp"
#include "patchbay/tools/chat/irc/irc_time.hpp"

namespace patchbay {

namespace {

using Way = ChatHistoryQuery::Way;

struct Subcommand {
  std::string_view name;
  Way way;
  bool has_target = true;
  std::size_t points = 1;
};

constexpr std::array k_subcommands = {
    Subcommand{"BEFORE", Way::before},
    Subcommand{"AFTER", Way::after},
    Subcommand{"LATEST", Way::latest},
    Subcommand{"AROUND", Way::around},
    Subcommand{.name = "BETWEEN", .way = Way::between, .points = 2},
    Subcommand{.name = "TARGETS", .way = Way::between, .has_target = false, .points = 2},
};

const Subcommand* find_subcommand(std::string_view name) {
  const auto found = std::ranges::find_if(
      k_subcommands, [&](const Subcommand& each) { return equal_ignoring_case(each.name, name); });
  return found == k_subcommands.end() ? nullptr : &*found;
}

// "msgid=…" or "timestamp=…"; the text says why not.
std::expected<ChatPoint, std::string_view> point_of(std::string_view text, bool may_be_message) {
  constexpr std::string_view id = "msgid=";
  constexpr std::string_view time = "timestamp=";
  if (may_be_message && text.starts_with(id)) {
    const auto read = parse_chat_message_id(text.substr(id.size()));
    if (!read) return std::unexpected("Unknown message");
    return ChatPoint{.id = *read};
  }
  if (!text.starts_with(time)) return std::unexpected("Invalid selector");
  const auto read = parse_irc_time(text.substr(time.size()));
  if (!read) return std::unexpected("Invalid timestamp");
  return ChatPoint{.at = *read};
}

std::optional<std::size_t> limit_of(std::string_view text) {
  std::size_t limit = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, limit);
  if (error != std::errc() || at != end || limit == 0) return std::nullopt;
  return limit;
}

// Clients know times in milliseconds, messages are kept in microseconds: what is after a time is
// after all of its millisecond, or the message that the time was taken from would come again.
void begin_after(std::optional<ChatPoint>& point) {
  if (point && !point->id) point->at += std::chrono::microseconds(999);
}

void round_times(ChatHistoryQuery& query) {
  if (query.way == Way::after || query.way == Way::latest) begin_after(query.from);
  if (query.way != Way::between || query.from->id || query.to->id) return;
  begin_after(query.from->at <= query.to->at ? query.from : query.to);
}

}  // namespace

std::expected<IrcHistoryRequest, IrcHistoryFault> read_irc_history(const IrcMessage& message,
                                                                   std::size_t page) {
  const std::string_view name = message.parameter(0);
  const auto fail = [&](std::string_view text, std::string_view context = {}) {
    return std::unexpected(IrcHistoryFault{.subcommand = name, .context = context, .text = text});
  };
  if (name.empty()) {
    return std::unexpected(IrcHistoryFault{.subcommand = "*", .text = "Insufficient parameters"});
  }
  const Subcommand* const subcommand = find_subcommand(name);
  if (subcommand == nullptr) return fail("Unknown command");

  const std::size_t wanted = 2 + subcommand->points + (subcommand->has_target ? 1 : 0);
  if (message.count < wanted) return fail("Insufficient parameters");
  if (message.count > wanted) return fail("Too many parameters");

  IrcHistoryRequest request{.subcommand = subcommand->name};
  request.query.way = subcommand->way;
  std::size_t next = 1;
  if (subcommand->has_target) request.target = message.parameter(next++);
  for (std::size_t i = 0; i < subcommand->points; ++i) {
    const std::string_view text = message.parameter(next++);
    if (text == "*" && subcommand->way == Way::latest) continue;
    const auto point = point_of(text, subcommand->has_target);
    if (!point) return fail(point.error(), text);
    (i == 0 ? request.query.from : request.query.to) = *point;
  }
  const auto limit = limit_of(message.parameter(next));
  if (!limit) return fail("Invalid limit", message.parameter(next));
  request.query.limit = std::min(*limit, page);
  round_times(request.query);
  return request;
}

}  // namespace patchbay
