#include "patchbay/tools/chat/irc/irc_face.hpp"

#include <gtest/gtest.h>

#include "patchbay/base/text.hpp"
#include "patchbay/wire/irc_message.hpp"
#include "patchbay/wire/websocket_frame.hpp"

namespace patchbay {
namespace {

using Kind = ChatEvent::Kind;

constexpr std::uint32_t k_all = irc::message_tags | irc::server_time | irc::account_tag |
                                irc::extended_join | irc::account_notify | irc::away_notify |
                                irc::chghost | irc::setname | irc::invite_notify | irc::batch;
constexpr WallTime k_at =
    std::chrono::sys_days(std::chrono::year(2026) / 3 / 1) + 12h + std::chrono::microseconds(5'400);
constexpr std::uint64_t k_id = 0x64c1'2a00'1234;
constexpr std::string_view k_tags =
    "@time=2026-03-01T12:00:00.005Z;msgid=000064c12a001234;account=Ann ";

const ChatSource k_ann = {.name = "ann", .user = "a", .host = "192.0.2.1", .account = "Ann"};
const ChatSource k_bob = {.name = "bob", .user = "b", .host = "192.0.2.2", .account = {}};
const ChatSource k_server = {.name = "irc.example", .user = {}, .host = {}, .account = {}};

ChatEvent event_of(Kind kind, const ChatSource& from, std::string_view room = {},
                   std::string_view text = {}, std::string_view target = {}) {
  return {.kind = kind,
          .from = from,
          .id = k_id,
          .at = k_at,
          .room = room,
          .target = target,
          .text = text};
}

std::string rendered(const ChatEvent& event, std::uint32_t bits = 0) {
  std::string out = "before ";
  irc_face().render(event, bits, out);
  EXPECT_TRUE(out.starts_with("before "));
  return out.substr(7);
}

// The same for a client that knows nothing and for one that knows everything.
void expect_both(const ChatEvent& event, std::string_view plain, std::string_view full) {
  EXPECT_EQ(rendered(event), plain);
  const std::string with_tags = full.empty() ? "" : std::string(k_tags) + std::string(full);
  EXPECT_EQ(rendered(event, k_all), with_tags);
}

ChatMessage message_of(ChatTone tone, std::string_view to, std::string_view text) {
  ChatMessage message;
  message.id = k_id;
  message.at = k_at;
  message.tone = tone;
  message.to = to;
  message.from = k_ann;
  message.text = text;
  return message;
}

std::string said(const ChatMessage& message, std::uint32_t bits = 0) {
  ChatEvent event = event_of(Kind::said, message.from, message.to);
  event.message = &message;
  return rendered(event, bits);
}

// --- what is said --------------------------------------------------------------------------------

TEST(IrcFace, Messages) {
  const auto hello = message_of(ChatTone::message, "#room", "good morning");
  EXPECT_EQ(said(hello), ":ann!a@192.0.2.1 PRIVMSG #room :good morning\r\n");
  EXPECT_EQ(said(hello, k_all),
            std::string(k_tags) + ":ann!a@192.0.2.1 PRIVMSG #room :good morning\r\n");
  EXPECT_EQ(said(hello, irc::server_time),
            "@time=2026-03-01T12:00:00.005Z "
            ":ann!a@192.0.2.1 PRIVMSG #room :good morning\r\n");
  EXPECT_EQ(said(hello, irc::account_tag),
            "@account=Ann :ann!a@192.0.2.1 PRIVMSG #room :good morning\r\n");

  EXPECT_EQ(said(message_of(ChatTone::notice, "bob", ":)")), ":ann!a@192.0.2.1 NOTICE bob ::)\r\n");
  EXPECT_EQ(said(message_of(ChatTone::action, "#room", "waves")),
            ":ann!a@192.0.2.1 PRIVMSG #room :\x01"
            "ACTION waves\x01\r\n");
}

TEST(IrcFace, MessagesOfTheServer) {
  auto notice = message_of(ChatTone::notice, "*", "the server restarts");
  notice.from = k_server;
  EXPECT_EQ(said(notice), ":irc.example NOTICE * :the server restarts\r\n");
}

TEST(IrcFace, MessagesForRanks) {
  auto secret = message_of(ChatTone::message, "#room", "hush");
  secret.to_ranks = static_cast<std::uint8_t>(ChatRank::op);
  EXPECT_EQ(said(secret), ":ann!a@192.0.2.1 PRIVMSG @#room :hush\r\n");
  secret.to_ranks = 3;
  EXPECT_EQ(said(secret), ":ann!a@192.0.2.1 PRIVMSG +#room :hush\r\n");
}

TEST(IrcFace, TagsOfClients) {
  auto typing = message_of(ChatTone::tags, "#room", "");
  typing.tags = "+typing=active;+draft/reply=1";
  EXPECT_EQ(said(typing), "");
  EXPECT_EQ(said(typing, irc::server_time | irc::account_tag), "");
  EXPECT_EQ(said(typing, irc::message_tags),
            "@msgid=000064c12a001234;+typing=active;+draft/reply=1 "
            ":ann!a@192.0.2.1 TAGMSG #room\r\n");
  auto reply = message_of(ChatTone::message, "#room", "yes");
  reply.tags = "+draft/reply=1";
  EXPECT_EQ(said(reply), ":ann!a@192.0.2.1 PRIVMSG #room :yes\r\n");
  EXPECT_EQ(said(reply, irc::message_tags),
            "@msgid=000064c12a001234;+draft/reply=1 "
            ":ann!a@192.0.2.1 PRIVMSG #room :yes\r\n");
}

TEST(IrcFace, AccountsAreEscapedInTags) {
  auto odd = message_of(ChatTone::message, "#room", "hi");
  odd.from.account = "a;b c\\";
  EXPECT_EQ(said(odd, irc::account_tag),
            "@account=a\\:b\\sc\\\\ :ann!a@192.0.2.1 PRIVMSG #room :hi\r\n");
}

// --- what happens --------------------------------------------------------------------------------

TEST(IrcFace, ComingAndGoing) {
  expect_both(event_of(Kind::joined, k_ann, "#room", "Ann of York"),
              ":ann!a@192.0.2.1 JOIN #room\r\n",
              ":ann!a@192.0.2.1 JOIN #room Ann :Ann of York\r\n");
  EXPECT_EQ(rendered(event_of(Kind::joined, k_bob, "#room", "Bob"), irc::extended_join),
            ":bob!b@192.0.2.2 JOIN #room * :Bob\r\n");
  expect_both(event_of(Kind::parted, k_ann, "#room", "lunch time"),
              ":ann!a@192.0.2.1 PART #room :lunch time\r\n",
              ":ann!a@192.0.2.1 PART #room :lunch time\r\n");
  EXPECT_EQ(rendered(event_of(Kind::parted, k_bob, "#room")), ":bob!b@192.0.2.2 PART #room\r\n");
  expect_both(event_of(Kind::quit, k_ann, {}, "bye"), ":ann!a@192.0.2.1 QUIT :bye\r\n",
              ":ann!a@192.0.2.1 QUIT :bye\r\n");
  expect_both(event_of(Kind::kicked, k_ann, "#room", "enough", "bob"),
              ":ann!a@192.0.2.1 KICK #room bob :enough\r\n",
              ":ann!a@192.0.2.1 KICK #room bob :enough\r\n");
}

TEST(IrcFace, NamesTopicsInvitations) {
  expect_both(event_of(Kind::renamed, k_ann, {}, "ann_"), ":ann!a@192.0.2.1 NICK ann_\r\n",
              ":ann!a@192.0.2.1 NICK ann_\r\n");
  expect_both(event_of(Kind::topic, k_ann, "#room", ""), ":ann!a@192.0.2.1 TOPIC #room :\r\n",
              ":ann!a@192.0.2.1 TOPIC #room :\r\n");
  expect_both(event_of(Kind::invited, k_ann, "#room", {}, "bob"),
              ":ann!a@192.0.2.1 INVITE bob #room\r\n", ":ann!a@192.0.2.1 INVITE bob #room\r\n");
  expect_both(event_of(Kind::invitation, k_ann, "#room", {}, "bob"), "",
              ":ann!a@192.0.2.1 INVITE bob #room\r\n");
}

TEST(IrcFace, WhatOnlySomeWantToKnow) {
  expect_both(event_of(Kind::away, k_ann, {}, "gone fishing"), "",
              ":ann!a@192.0.2.1 AWAY :gone fishing\r\n");
  expect_both(event_of(Kind::away, k_ann), "", ":ann!a@192.0.2.1 AWAY\r\n");
  expect_both(event_of(Kind::account, k_ann), "", ":ann!a@192.0.2.1 ACCOUNT Ann\r\n");
  EXPECT_EQ(rendered(event_of(Kind::account, k_bob), irc::account_notify),
            ":bob!b@192.0.2.2 ACCOUNT *\r\n");
  expect_both(event_of(Kind::host, k_ann, {}, "ann cloak.example"), "",
              ":ann!a@192.0.2.1 CHGHOST ann cloak.example\r\n");
  expect_both(event_of(Kind::real_name, k_ann, {}, "Ann of Leeds"), "",
              ":ann!a@192.0.2.1 SETNAME :Ann of Leeds\r\n");
}

TEST(IrcFace, WhoIsWatched) {
  EXPECT_EQ(rendered(event_of(Kind::appeared, k_ann)), "730 * :ann!a@192.0.2.1\r\n");
  EXPECT_EQ(rendered(event_of(Kind::vanished, k_ann)), "731 * :ann\r\n");
  EXPECT_EQ(rendered(event_of(Kind::appeared, k_ann, {}, "irc.example", "bob")),
            ":irc.example 730 bob :ann!a@192.0.2.1\r\n");
}

// --- modes ---------------------------------------------------------------------------------------

std::string modes(const std::vector<ChatModeChange>& changes, std::uint32_t bits = 0) {
  ChatEvent event = event_of(Kind::modes, k_bob, "#room");
  event.changes = changes;
  return rendered(event, bits);
}

TEST(IrcFace, Modes) {
  EXPECT_EQ(modes({{.mode = ChatMode::moderated}}), ":bob!b@192.0.2.2 MODE #room +m\r\n");
  EXPECT_EQ(modes({{.mode = ChatMode::op, .argument = "ann"},
                   {.mode = ChatMode::voice, .argument = "ann"},
                   {.set = false, .mode = ChatMode::secret},
                   {.set = false, .mode = ChatMode::key, .argument = "*"},
                   {.mode = ChatMode::limit, .argument = "20"}}),
            ":bob!b@192.0.2.2 MODE #room +ov-sk+l ann ann * 20\r\n");
  EXPECT_EQ(modes({{.mode = ChatMode::ban, .argument = "*!*@a"},
                   {.mode = ChatMode::ban_except, .argument = "*!*@b"},
                   {.mode = ChatMode::invite_except, .argument = "*!*@c"},
                   {.mode = ChatMode::invite_only},
                   {.mode = ChatMode::no_outside},
                   {.mode = ChatMode::topic_locked}}),
            ":bob!b@192.0.2.2 MODE #room +beIint *!*@a *!*@b *!*@c\r\n");
}

TEST(IrcFace, ManyModesAreSeveralLines) {
  const std::vector<ChatModeChange> many(8, {.mode = ChatMode::voice, .argument = "x"});
  EXPECT_EQ(modes(many),
            ":bob!b@192.0.2.2 MODE #room +vvvvvv x x x x x x\r\n"
            ":bob!b@192.0.2.2 MODE #room +vv x x\r\n");
  // Each message has an id of its own, or none.
  EXPECT_EQ(modes(many, irc::message_tags),
            "@msgid=000064c12a001234 :bob!b@192.0.2.2 MODE #room +vvvvvv x x x x x x\r\n"
            ":bob!b@192.0.2.2 MODE #room +vv x x\r\n");
}

TEST(IrcFace, LongMasksAreSeveralLines) {
  const std::string mask(200, 'm');
  const std::vector<ChatModeChange> three(3, {.mode = ChatMode::ban, .argument = mask});
  EXPECT_EQ(modes(three), ":bob!b@192.0.2.2 MODE #room +bb " + mask + " " + mask + "\r\n" +
                              ":bob!b@192.0.2.2 MODE #room +b " + mask + "\r\n");
}

// --- length and frames ---------------------------------------------------------------------------

TEST(IrcFace, LongLinesAreCutBetweenCharacters) {
  std::string text;
  while (text.size() < 1000) text += "\u20ac";
  const std::string line = said(message_of(ChatTone::message, "#room", text), k_all);
  const std::string_view without_tags = std::string_view(line).substr(k_tags.size());
  EXPECT_LE(without_tags.size(), k_irc_line_bytes);
  EXPECT_GT(without_tags.size(), k_irc_line_bytes - 3);
  EXPECT_TRUE(without_tags.ends_with("\u20ac\r\n"));
  EXPECT_TRUE(is_valid_utf8(line));

  const std::string exact(510 - std::string_view(":ann!a@192.0.2.1 PRIVMSG #room :").size(), 'x');
  EXPECT_EQ(said(message_of(ChatTone::message, "#room", exact)).size(), 512U);
  EXPECT_EQ(said(message_of(ChatTone::message, "#room", exact + "y")),
            said(message_of(ChatTone::message, "#room", exact)));
}

TEST(IrcFace, ALongActionKeepsItsEnd) {
  const std::string line =
      said(message_of(ChatTone::action, "#room", std::string(1000, 'x')), k_all);
  EXPECT_TRUE(line.ends_with("x\x01\r\n"));
  EXPECT_EQ(line.size() - k_tags.size(), k_irc_line_bytes);
}

std::string payload_of(std::string_view frame, WebSocketOpcode opcode) {
  const auto read = read_websocket_head(std::as_bytes(std::span(frame)));
  if (!read || !read->head) return "no head";
  EXPECT_EQ(read->head->opcode, opcode);
  EXPECT_TRUE(read->head->final);
  EXPECT_FALSE(read->head->mask);
  EXPECT_EQ(read->head->payload_bytes, frame.size() - read->bytes);
  return std::string(frame.substr(read->bytes));
}

TEST(IrcFace, FramesHaveNoLineEndAndNoMask) {
  const auto hello = message_of(ChatTone::message, "#room", "good morning");
  const std::string line = ":ann!a@192.0.2.1 PRIVMSG #room :good morning";
  EXPECT_EQ(payload_of(said(hello, irc::text_frames), WebSocketOpcode::text), line);
  EXPECT_EQ(payload_of(said(hello, irc::binary_frames), WebSocketOpcode::binary), line);
  EXPECT_EQ(payload_of(said(hello, irc::text_frames | k_all), WebSocketOpcode::text),
            std::string(k_tags) + line);
  const auto longer = message_of(ChatTone::message, "#room", std::string(300, 'x'));
  EXPECT_EQ(payload_of(said(longer, irc::text_frames), WebSocketOpcode::text),
            ":ann!a@192.0.2.1 PRIVMSG #room :" + std::string(300, 'x'));
}

TEST(IrcFace, TextFramesAreUtf8) {
  auto odd = message_of(ChatTone::tags, "#room", "");
  odd.tags = "+x=\xff";
  EXPECT_EQ(payload_of(said(odd, irc::text_frames | irc::message_tags), WebSocketOpcode::text),
            "@msgid=000064c12a001234;+x=\uFFFD :ann!a@192.0.2.1 TAGMSG #room");
  EXPECT_EQ(payload_of(said(odd, irc::binary_frames | irc::message_tags), WebSocketOpcode::binary),
            "@msgid=000064c12a001234;+x=\xff :ann!a@192.0.2.1 TAGMSG #room");
}

TEST(IrcFace, FinishesWhatStandsBehindOthers) {
  std::string out = "one\r\n";
  const std::size_t begin = out.size();
  out += "@batch=1 :irc.example PONG irc.example :x";
  finish_irc_line(out, begin, 0);
  EXPECT_EQ(out, "one\r\n@batch=1 :irc.example PONG irc.example :x\r\n");
}

TEST(IrcFace, LinesOfTheHistoryAreBare) {
  const auto hello = message_of(ChatTone::message, "#room", "good morning");
  const std::string line = ":ann!a@192.0.2.1 PRIVMSG #room :good morning";
  EXPECT_EQ(irc_history_line(hello, 0), line);
  EXPECT_EQ(irc_history_line(hello, irc::text_frames | k_all), std::string(k_tags) + line);
}

}  // namespace
}  // namespace patchbay
