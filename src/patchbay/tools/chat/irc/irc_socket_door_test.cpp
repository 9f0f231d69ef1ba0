// The door of IRC that WebSockets come in by, on both engines.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "patchbay/http/websocket_pair_fixture.hpp"
#include "patchbay/tools/chat/irc/irc_door.hpp"

namespace patchbay {
namespace {

struct House {
  explicit House(ChatSettings settings)
      : hub(std::make_shared<const ChatSettings>(std::move(settings)), nullptr, nullptr) {}

  ChatHub hub;
  ChatDoorkeeper doorkeeper;
  ChatPasswordDesk passwords;
  IrcServer server{.hub = hub, .doorkeeper = doorkeeper, .passwords = passwords, .version = "test"};
};

Task<Result<>> serve(House& house, WebSocket& socket, std::uint32_t framing) {
  co_await talk_irc_websocket(house.server, socket, loopback(), false, framing);
  co_return ok();
}

// Until a message has this in it. Empty: it has ended.
Task<std::string> hear(WebSocket& socket, std::string_view part) {
  for (;;) {
    const auto message = co_await socket.receive(guard());
    if (!message) co_return "";
    EXPECT_FALSE(message->data.contains('\n'));
    if (message->data.contains(part)) co_return message->data;
  }
}

using Script = Task<> (*)(WebSocket& socket, House& house);

Task<Result<>> run_script(Script script, WebSocket& socket, House& house) {
  co_await script(socket, house);
  co_return ok();
}

Task<> meet(Script script, std::uint32_t framing, ChatSettings settings) {
  settings.server_name = "here";
  House house(std::move(settings));
  auto pair = co_await open_pair();
  CO_ASSERT(pair);
  EXPECT_TRUE(co_await either(house.hub.run(), both(serve(house, pair->server, framing),
                                                    run_script(script, pair->client, house))));
  EXPECT_EQ(house.hub.user_count(), 0U);
  EXPECT_EQ(house.doorkeeper.clients(), 0U);
}

class IrcSocketDoor : public EngineTest {
 protected:
  void meet_by(Script script, std::uint32_t framing = irc::text_frames,
               ChatSettings settings = {}) {
    run(meet(script, framing, std::move(settings)));
  }
};
INSTANTIATE_TEST_SUITE_P(, IrcSocketDoor, all_engines(), engine_name);

Task<> say(WebSocket& socket, std::string line) {
  EXPECT_TRUE(co_await socket.send_text(line, guard()));
}

Task<> enter(WebSocket& socket) {
  co_await say(socket, "NICK ann");
  co_await say(socket, "USER ann 0 * :Ann\r\n");  // not as it should be, but clear
  EXPECT_EQ(co_await hear(socket, " 001 "),
            ":here 001 ann :Welcome to Patchbay, ann!~ann@127.0.0.1");
  co_await hear(socket, " 422 ");
}

Task<> talk(WebSocket& socket, House&) {
  co_await enter(socket);
  co_await say(socket, "JOIN #a");
  EXPECT_NE(co_await hear(socket, " JOIN "), "");
  co_await say(socket, "PING one");
  co_await say(socket, "PING two");
  EXPECT_EQ(co_await hear(socket, "PONG"), ":here PONG here :one");
  EXPECT_EQ(co_await hear(socket, "PONG"), ":here PONG here :two");
  co_await say(socket, "QUIT :bye");
  EXPECT_EQ(co_await hear(socket, "ERROR"), "ERROR :Closing link: 127.0.0.1 (Quit: bye)");
  EXPECT_EQ(co_await hear(socket, "nothing"), "");
  EXPECT_EQ(socket.close_code(), k_close_normal);
}
TEST_P(IrcSocketDoor, LetsTalk) { meet_by(talk); }
TEST_P(IrcSocketDoor, LetsTalkInBinaryMessages) { meet_by(talk, irc::binary_frames); }

Task<> lose(WebSocket& socket, House& house) {
  co_await enter(socket);
  EXPECT_EQ(house.hub.user_count(), 1U);
  EXPECT_TRUE(co_await socket.close(k_close_going_away, "", guard()));
}
TEST_P(IrcSocketDoor, NoticesAnEnd) { meet_by(lose); }

Task<> be_cut(WebSocket& socket, House& house) {
  co_await enter(socket);
  house.hub.find_user("ann")->cut("Killed by root");
  EXPECT_EQ(co_await hear(socket, "ERROR"), "ERROR :Closing link: 127.0.0.1 (Killed by root)");
  EXPECT_EQ(co_await hear(socket, "nothing"), "");
}
TEST_P(IrcSocketDoor, WakesWhoIsToldToGo) { meet_by(be_cut); }

Task<> be_refused(WebSocket& socket, House&) {
  EXPECT_EQ(co_await hear(socket, "ERROR"), "ERROR :Closing link: 127.0.0.1 (This server is full)");
  EXPECT_EQ(co_await hear(socket, "nothing"), "");
}
TEST_P(IrcSocketDoor, TurnsAwayWhoHasNoPlace) {
  meet_by(be_refused, irc::text_frames, {.limits = {.clients = 0}});
}

Task<> break_lines(WebSocket& socket, House&) {
  co_await enter(socket);
  co_await say(socket, "PING a\r\nPRIVMSG ann :smuggled");
  co_await say(socket, "PING " + std::string(600, 'x'));
  EXPECT_NE(co_await hear(socket, " 417 "), "");
  co_await say(socket, "PING b");
  EXPECT_EQ(co_await hear(socket, "P"), ":here PONG here :b");
  co_await say(socket, "QUIT");
  co_await hear(socket, "nothing");
}
TEST_P(IrcSocketDoor, TakesOneLineAMessage) { meet_by(break_lines); }

}  // namespace
}  // namespace patchbay
