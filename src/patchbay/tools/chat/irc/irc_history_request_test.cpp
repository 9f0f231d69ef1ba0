#include "patchbay/tools/chat/irc/irc_history_request.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/chat/irc/irc_time.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_page = 100;

// What is understood, as "after #room from 10 to 12:00:00.000999 limit 5"; or "CODE context: text".
std::string point_text(const std::optional<ChatPoint>& point) {
  if (!point) return "-";
  if (point->id) return std::to_string(*point->id);
  std::string time;
  append_irc_time(time, point->at);
  const auto rest = point->at.time_since_epoch() % std::chrono::milliseconds(1);
  return time.substr(11, 12) + '+' + std::to_string(rest.count());
}

std::string understood(std::string_view line) {
  const auto message = parse_irc(line);
  if (!message) return "no line";
  const auto read = read_irc_history(*message, k_page);
  if (!read) {
    std::string text = std::string(read.error().code) + ' ' + std::string(read.error().subcommand);
    if (!read.error().context.empty()) (text += ' ') += read.error().context;
    return (text += ": ") += read.error().text;
  }
  return std::string(read->subcommand) + ' ' + std::string(read->target) + ' ' +
         point_text(read->query.from) + ' ' + point_text(read->query.to) + ' ' +
         std::to_string(read->query.limit);
}

TEST(IrcHistoryRequest, Subcommands) {
  EXPECT_EQ(understood("CHATHISTORY LATEST #room * 50"), "LATEST #room - - 50");
  EXPECT_EQ(understood("CHATHISTORY latest #room msgid=000000000000000a 50"),
            "LATEST #room 10 - 50");
  EXPECT_EQ(understood("CHATHISTORY BEFORE bob timestamp=2026-03-01T12:00:00.123Z 1"),
            "BEFORE bob 12:00:00.123+0 - 1");
  EXPECT_EQ(understood("CHATHISTORY AROUND #room msgid=000000000000000a 7"), "AROUND #room 10 - 7");
  EXPECT_EQ(understood("CHATHISTORY BETWEEN #room msgid=000000000000000a msgid=0000000000000003 7"),
            "BETWEEN #room 10 3 7");
}

// Clients know no more of a time than its milliseconds.
TEST(IrcHistoryRequest, WhatIsAfterATimeIsAfterItsMillisecond) {
  EXPECT_EQ(understood("CHATHISTORY AFTER #room timestamp=2026-03-01T12:00:00.123Z 5"),
            "AFTER #room 12:00:00.123+999 - 5");
  EXPECT_EQ(understood("CHATHISTORY LATEST #room timestamp=2026-03-01T12:00:00.123Z 5"),
            "LATEST #room 12:00:00.123+999 - 5");
  EXPECT_EQ(understood("CHATHISTORY BETWEEN #room timestamp=2026-03-01T12:00:00.123Z "
                       "timestamp=2026-03-01T13:00:00.000Z 5"),
            "BETWEEN #room 12:00:00.123+999 13:00:00.000+0 5");
  EXPECT_EQ(understood("CHATHISTORY BETWEEN #room timestamp=2026-03-01T13:00:00.000Z "
                       "timestamp=2026-03-01T12:00:00.123Z 5"),
            "BETWEEN #room 13:00:00.000+0 12:00:00.123+999 5");
  EXPECT_EQ(understood("CHATHISTORY TARGETS timestamp=2026-03-01T12:00:00.000Z "
                       "timestamp=2026-03-01T13:00:00.000Z 10"),
            "TARGETS  12:00:00.000+999 13:00:00.000+0 10");
}

TEST(IrcHistoryRequest, NoMoreThanAPage) {
  EXPECT_EQ(understood("CHATHISTORY LATEST #room * 5000"), "LATEST #room - - 100");
}

TEST(IrcHistoryRequest, SaysWhatIsWrong) {
  EXPECT_EQ(understood("CHATHISTORY"), "INVALID_PARAMS *: Insufficient parameters");
  EXPECT_EQ(understood("CHATHISTORY DANCE #room * 5"), "INVALID_PARAMS DANCE: Unknown command");
  EXPECT_EQ(understood("CHATHISTORY LATEST #room *"),
            "INVALID_PARAMS LATEST: Insufficient parameters");
  EXPECT_EQ(understood("CHATHISTORY LATEST #room * 5 6"),
            "INVALID_PARAMS LATEST: Too many parameters");
  EXPECT_EQ(understood("CHATHISTORY BEFORE #room * 5"),
            "INVALID_PARAMS BEFORE *: Invalid selector");
  EXPECT_EQ(understood("CHATHISTORY BEFORE #room msgid=x 5"),
            "INVALID_PARAMS BEFORE msgid=x: Unknown message");
  EXPECT_EQ(understood("CHATHISTORY BEFORE #room timestamp=now 5"),
            "INVALID_PARAMS BEFORE timestamp=now: Invalid timestamp");
  EXPECT_EQ(understood("CHATHISTORY TARGETS msgid=000000000000000a msgid=000000000000000b 5"),
            "INVALID_PARAMS TARGETS msgid=000000000000000a: Invalid selector");
  for (const std::string_view limit : {"0", "-1", "x", "5x"}) {
    EXPECT_EQ(understood("CHATHISTORY LATEST #room * " + std::string(limit)),
              "INVALID_PARAMS LATEST " + std::string(limit) + ": Invalid limit");
  }
}

}  // namespace
}  // namespace patchbay
