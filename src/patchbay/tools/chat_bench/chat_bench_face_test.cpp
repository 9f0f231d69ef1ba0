#include "patchbay/tools/chat_bench/chat_bench_face.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace patchbay {
namespace {

using Kind = ChatBenchNews::Kind;

std::vector<std::uint32_t> members_of(std::string_view names) {
  std::vector<std::uint32_t> members;
  for_each_member(names, [&](std::uint32_t client) { members.push_back(client); });
  return members;
}

TEST(ChatBenchFace, NamesAreReadAsTheyAreWritten) {
  for (const std::uint32_t client : {0U, 7U, 42U, 99'999U}) {
    EXPECT_EQ(chat_bench_client(chat_bench_nick(client)), client);
    EXPECT_EQ(chat_bench_client(chat_bench_nick(client) + "!u@h"), client);
  }
  for (const char* other : {"", "b", "b0004", "b000420", "a00042", "b0004x", "b00042_2"}) {
    EXPECT_EQ(chat_bench_client(other), std::nullopt) << other;
  }
}

TEST(ChatBenchFace, ReadsAList) {
  EXPECT_EQ(members_of("@b00000 b00001 +b00002 guest ~&b00003 "),
            (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_TRUE(members_of("@ + ").empty());
}

TEST(ChatBenchFace, ReadsWhatAnIrcServerSays) {
  const auto read = [](std::string_view line) { return read_news(ChatBenchFace::irc, line); };
  EXPECT_EQ(read(":irc.lab 001 b00000 :Welcome").kind, Kind::nothing);
  EXPECT_EQ(read(":irc.lab 376 b00000 :End of MOTD command").kind, Kind::entered);
  EXPECT_EQ(read(":irc.lab 422 b00000 :MOTD file is missing").kind, Kind::entered);
  const auto ping = read("PING :irc.lab");
  EXPECT_EQ(ping.kind, Kind::ping);
  EXPECT_EQ(ping.text, "irc.lab");
  for (const char* line :
       {":b00042!~b@127.0.0.1 JOIN :#c00007", ":b00042!~b@127.0.0.1 JOIN #c00007",
        ":b00042!~b@127.0.0.1 JOIN #c00007 * :bench"}) {
    const auto join = read(line);
    EXPECT_EQ(join.kind, Kind::joined) << line;
    EXPECT_EQ(join.client, 42U);
    EXPECT_EQ(join.room, 7U);
    EXPECT_EQ(join.source_bytes, std::string_view(":b00042!~b@127.0.0.1").size());
  }
  EXPECT_EQ(read(":ann!~a@127.0.0.1 JOIN :#c00007").kind, Kind::nothing);
  EXPECT_EQ(read(":b00042!~b@127.0.0.1 JOIN :#lobby").kind, Kind::nothing);
  EXPECT_EQ(read(":b00042!~b@127.0.0.1 PART :#c00007").kind, Kind::nothing);
  const auto names = read(":irc.lab 353 b00001 = #c00007 :@b00000 b00001");
  EXPECT_EQ(names.kind, Kind::members);
  EXPECT_EQ(names.room, 7U);
  EXPECT_EQ(members_of(names.text).size(), 2U);
  const auto refused = read(":irc.lab 433 * b00000 :Nickname is already in use");
  EXPECT_EQ(refused.kind, Kind::refused);
  EXPECT_EQ(refused.text, "433 * b00000 :Nickname is already in use");
  const auto farewell = read("ERROR :Closing link: (b@127.0.0.1) [SendQ exceeded]");
  EXPECT_EQ(farewell.kind, Kind::farewell);
  EXPECT_EQ(farewell.text, "Closing link: (b@127.0.0.1) [SendQ exceeded]");
  for (const char* line : {"", ":", ":b00042", ":b00042!u@h", ":b00042!u@h JOIN", "353"}) {
    EXPECT_EQ(read(line).kind, Kind::nothing) << line;
  }
}

TEST(ChatBenchFace, ReadsTheLineMode) {
  const auto read = [](std::string_view line) { return read_news(ChatBenchFace::lines, line); };
  EXPECT_EQ(read("Enter your username: [SERVER] Welcome to the chat!").kind, Kind::entered);
  EXPECT_EQ(read("[SERVER] b00042 joined the chat!").kind, Kind::nothing);
  EXPECT_EQ(read("[ann] Welcome to the chat!").kind, Kind::nothing);
}

TEST(ChatBenchFace, GreetsAndJoins) {
  std::string out;
  greet(out, ChatBenchFace::irc, 3);
  EXPECT_EQ(out, "NICK b00003\r\nUSER b00003 0 * :bench\r\n");
  const ChatBenchPlan plan{.clients = 2, .rooms = 12, .members = 2, .talkers = 1};
  out.clear();
  join_rooms(out, plan, 1);
  EXPECT_EQ(out,
            "JOIN #c00000,#c00001,#c00002,#c00003,#c00004,#c00005,#c00006,#c00007,#c00008,#c00009"
            "\r\nJOIN #c00010,#c00011\r\n");
  out.clear();
  greet(out, ChatBenchFace::lines, 3);
  EXPECT_EQ(out, "b00003\n");
  out.clear();
  join_rooms(out, {.clients = 4}, 3);
  EXPECT_EQ(out, "");
}

// As the others get it: the sender in front, as a server writes it.
TEST(ChatBenchFace, ALineHasItsSizeWhereItArrives) {
  const std::string source = ":b00042!~b@127.0.0.1";
  for (const std::size_t size : {100U, 80U, 500U}) {
    std::string sent;
    say_line(sent, ChatBenchFace::irc, 7, size, source.size(), {1, 2, 3});
    EXPECT_TRUE(sent.starts_with("PRIVMSG #c00007 :")) << sent;
    EXPECT_EQ((source + " " + sent).size(), size);
    ChatBenchStamp stamp;
    EXPECT_TRUE(read_chat_bench_stamp(std::string_view(sent).substr(0, sent.size() - 2), stamp));
  }
  std::string said;
  say_line(said, ChatBenchFace::lines, 0, 100, 0, {1, 2, 3});
  EXPECT_EQ(("[b00042] " + said).size(), 100U);
  said.clear();
  say_line(said, ChatBenchFace::lines, 0, 1, 0, {1, 2, 3});
  EXPECT_EQ(said.size(), k_chat_bench_stamp_bytes + 1);
}

}  // namespace
}  // namespace patchbay
