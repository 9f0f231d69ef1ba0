#include "patchbay/tools/chat/room/chat_flusher.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <string>

#include "patchbay/net/conformance/engine_test.hpp"
#include "patchbay/tools/chat/room/chat_hub_fixture.hpp"

namespace patchbay {
namespace {

// A user of a real socket, of which nothing is read before the end.
struct SocketUser {
  SocketUser(ChatHub& hub, const PlainFace& face, const std::string& name, std::array<int, 2> ends)
      : peer(ends[1]),
        stream(Loop::current().engine(), *Loop::current().engine().adopt(ends[0])),
        user(hub, face, name, 0, &stream) {}
  ~SocketUser() { ::close(peer); }
  SocketUser(const SocketUser&) = delete;
  SocketUser& operator=(const SocketUser&) = delete;

  int peer;
  Stream stream;
  PlainUser user;
};

std::array<int, 2> socket_pair() {
  std::array<int, 2> ends{-1, -1};
  EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return ends;
}

struct Crowd {
  PlainFace face;
  ChatHub hub{std::make_shared<const ChatSettings>(), nullptr, nullptr};
  std::deque<SocketUser> users;
  std::size_t rounds_cut = 0;  // turns that left somebody of the room behind

  bool is_anybody_behind() {
    return std::ranges::any_of(
        users, [](SocketUser& each) { return ChatFlusher::waiting_bytes(each.user) > 0; });
  }
};

Task<> flush(ChatHub& hub) { (void)co_await hub.run(); }

// More come than a turn serves, and some leave, while the flusher goes round.
Task<> come_and_go(TaskGroup& group, Crowd& crowd) {
  group.spawn(flush, std::ref(crowd.hub));
  for (std::size_t i = 0; i <= 600; ++i) {  // the last one in the middle of a round
    SocketUser& one =
        crowd.users.emplace_back(crowd.hub, crowd.face, "n" + std::to_string(i), socket_pair());
    CO_ASSERT(crowd.hub.join(one.user, "#a", {}));
    if (i % 17 == 16) CO_ASSERT(crowd.hub.part(crowd.users[i / 2].user, "#a", {}));
    if (i % 5 == 4) (void)crowd.hub.say(one.user, "#a", ChatTone::message, "hello");
    if (i % 3 == 2) CO_ASSERT(co_await yield());
    crowd.rounds_cut += crowd.is_anybody_behind() ? 1U : 0U;
  }
  for (int looks = 0; looks < 1000 && crowd.is_anybody_behind(); ++looks) {
    CO_ASSERT(co_await sleep_for(5ms));  // comings may be told of a little later
  }
  EXPECT_FALSE(crowd.is_anybody_behind());
  crowd.users.clear();
  group.cancel();
}
TEST(ChatFlusher, LeavesNobodyBehindWhoSitsElsewhereAfterwards) {
  const auto loop = Loop::make();
  ASSERT_TRUE(loop);
  const LoopGuard guard(**loop);
  Crowd crowd;
  (*loop)->run(with_group(come_and_go, std::ref(crowd)));
  EXPECT_GT(crowd.rounds_cut, 0U);
}

// What waits for a client lies in its rooms' logs, and keeps its order when some of it has to move
// because the client itself says something.
std::string read_all(int peer) {
  std::string all(std::size_t{4} << 20, '\0');
  const ssize_t count = ::recv(peer, all.data(), all.size(), MSG_DONTWAIT);
  all.resize(count > 0 ? static_cast<std::size_t>(count) : 0);
  return all;
}
Task<> speaks_while_it_takes_nothing(TaskGroup& group, Crowd& crowd) {
  group.spawn(flush, std::ref(crowd.hub));
  SocketUser& slow = crowd.users.emplace_back(crowd.hub, crowd.face, "slow", socket_pair());
  SocketUser& quick = crowd.users.emplace_back(crowd.hub, crowd.face, "quick", socket_pair());
  for (SocketUser* const each : {&slow, &quick}) {
    for (const char* room : {"#a", "#b"}) CO_ASSERT(crowd.hub.join(each->user, room, {}));
  }
  std::string expected, got;
  const auto say = [&](std::string_view room, std::string text) {
    (void)crowd.hub.say(quick.user, room, ChatTone::message, text);
    expected += text + " ";
  };
  int number = 0;
  while (!slow.user.outlet.is_blocked()) {
    say("#a", std::to_string(++number) + std::string(4000, '.'));
    CO_ASSERT(co_await yield());
    read_all(quick.peer);
  }
  say("#a", std::to_string(++number) + "a");
  say("#b", std::to_string(++number) + "b");
  CO_ASSERT(crowd.hub.say(slow.user, "#b", ChatTone::message, "I am here"));
  say("#b", std::to_string(++number) + "b");
  for (int turn = 0; turn < 1000 && slow.user.outlet.is_blocked(); ++turn) {
    got += read_all(slow.peer);
    CO_ASSERT(co_await yield());
  }
  got += read_all(slow.peer);
  std::string heard;
  for (std::size_t at = 0; (at = got.find(" said ", at)) != std::string::npos; ++at) {
    const std::size_t from = at + std::string_view(" said ").size();
    heard += got.substr(from, got.find(" to ", from) - from) + " ";
  }
  EXPECT_TRUE(heard == expected) << heard.size() << " of " << expected.size();
  crowd.users.clear();
  group.cancel();
}
TEST(ChatFlusher, KeepsTheOrderOfWhatWaitsInSeveralRooms) {
  const auto loop = Loop::make();
  ASSERT_TRUE(loop);
  const LoopGuard guard(**loop);
  Crowd crowd;
  (*loop)->run(with_group(speaks_while_it_takes_nothing, std::ref(crowd)));
}

}  // namespace
}  // namespace patchbay
