#include "patchbay/tools/chat/lines/lines_face.hpp"

#include "patchbay/tools/chat/room/chat_hub_fixture.hpp"

namespace patchbay {
namespace {

using Kind = ChatEvent::Kind;

struct LinesFaceShows : ChatHubFixture {
  LinesFace lines{hub};
  ChatSource ann{.name = "ann", .user = "a", .host = "host", .account = {}};

  std::string shown(const ChatEvent& event) const {
    std::string out;
    lines.render(event, 0, out);
    return out;
  }
  ChatMessage message(std::string_view to, std::string_view text,
                      ChatTone tone = ChatTone::message) const {
    ChatMessage made;
    made.to = to;
    made.tone = tone;
    made.from = ann;
    made.text = text;
    return made;
  }
  std::string said(const ChatMessage& made) const {
    const std::string_view room = made.to.starts_with('#') ? std::string_view(made.to) : "";
    return shown({.kind = Kind::said, .from = made.from, .room = room, .message = &made});
  }
};

TEST_F(LinesFaceShows, TheLobbyAsTheTutorialHadIt) {
  EXPECT_EQ(shown({.kind = Kind::joined, .from = ann, .room = "#lobby"}),
            "[SERVER] ann joined the chat!\n");
  EXPECT_EQ(said(message("#lobby", "hello")), "[ann] hello\n");
  EXPECT_EQ(shown({.kind = Kind::quit, .from = ann, .text = "bye"}),
            "[SERVER] ann left the chat\n");
}

TEST_F(LinesFaceShows, OtherRoomsBehindTheName) {
  EXPECT_EQ(said(message("#dev", "hello")), "[ann@#dev] hello\n");
  EXPECT_EQ(said(message("#dev", "waves", ChatTone::action)), "* ann@#dev waves\n");
  EXPECT_EQ(shown({.kind = Kind::joined, .from = ann, .room = "#dev"}),
            "[SERVER] ann joined #dev\n");
  EXPECT_EQ(shown({.kind = Kind::parted, .from = ann, .room = "#dev", .text = "enough"}),
            "[SERVER] ann left #dev: enough\n");
  EXPECT_EQ(shown({.kind = Kind::parted, .from = ann, .room = "#lobby"}),
            "[SERVER] ann left #lobby\n");
}

TEST_F(LinesFaceShows, WhatIsSaidToOneUser) {
  EXPECT_EQ(said(message("bob", "psst")), "[ann -> bob] psst\n");
  EXPECT_EQ(said(message("bob", "waves", ChatTone::action)), "[ann -> bob] * waves\n");
  EXPECT_EQ(said(message("#lobby", "look", ChatTone::notice)), "[ann] look\n");
  EXPECT_EQ(said(message("#lobby", "", ChatTone::tags)), "");
}

TEST_F(LinesFaceShows, WhatBecomesOfUsersAndRooms) {
  EXPECT_EQ(shown({.kind = Kind::renamed, .from = ann, .text = "anna"}),
            "[SERVER] ann is now anna\n");
  EXPECT_EQ(shown({.kind = Kind::topic, .from = ann, .room = "#dev", .text = "links"}),
            "[SERVER] ann set the topic of #dev: links\n");
  EXPECT_EQ(shown({.kind = Kind::topic, .from = ann, .room = "#dev"}),
            "[SERVER] ann took the topic of #dev away\n");
  EXPECT_EQ(
      shown({.kind = Kind::kicked, .from = ann, .room = "#dev", .target = "bob", .text = "loud"}),
      "[SERVER] bob was sent out of #dev by ann: loud\n");
  EXPECT_EQ(shown({.kind = Kind::invited, .from = ann, .room = "#dev", .target = "bob"}),
            "[SERVER] ann invites you: /join #dev\n");
  EXPECT_EQ(shown({.kind = Kind::away, .from = ann, .text = "lunch"}), "");
  EXPECT_EQ(shown({.kind = Kind::modes, .from = ann, .room = "#dev"}), "");
}

TEST_F(LinesFaceShows, WhatTheServerItselfSays) {
  ChatMessage made = message("*", "down at ten");
  made.from = hub.self();
  EXPECT_EQ(said(made), "[SERVER] down at ten\n");
}

// The reader is a bare terminal, and what comes in by other doors may have more in it.
TEST_F(LinesFaceShows, NothingThatATerminalActsOn) {
  EXPECT_EQ(said(message("#lobby",
                         "\x03"
                         "4red\x0f \x1b[31m\u202e")),
            "[ann] red [31m\n");
  EXPECT_EQ(shown({.kind = Kind::topic, .from = ann, .room = "#dev", .text = "a\x1b]0;b\x07"}),
            "[SERVER] ann set the topic of #dev: a]0;b\n");
  EXPECT_EQ(said(message("#lobby", "hi\n[SERVER] forged")), "[ann] hi [SERVER] forged\n");
}

TEST_F(LinesFaceShows, WhatWasSaidBeforeWithItsTime) {
  ChatMessage made = message("#lobby", "hello");
  made.at = WallTime(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)) +
            std::chrono::hours(12) + std::chrono::minutes(5);
  std::string out;
  lines.render_past(made, out);
  made.to = "#dev";
  lines.render_past(made, out);
  made.tone = ChatTone::tags;
  lines.render_past(made, out);
  EXPECT_EQ(out, "2026-03-01 12:05 [ann] hello\n2026-03-01 12:05 [ann@#dev] hello\n");
}

}  // namespace
}  // namespace patchbay
