// For tests of the commands: a chat on the first second of 2026, clients without a connection, and
// what each of them is sent.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/sim/host_engine.hpp"
#include "patchbay/net/sim/world.hpp"
#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

inline constexpr std::uint32_t k_full_irc =
    irc::message_tags | irc::server_time | irc::account_tag | irc::extended_join |
    irc::account_notify | irc::away_notify | irc::chghost | irc::setname | irc::invite_notify |
    irc::batch | irc::echo_message | irc::labeled_response | irc::multi_prefix |
    irc::userhost_in_names | irc::chathistory | irc::search;

// As the tests compare it: '\r' is left out, and each message's id is "M".
inline std::string shown_irc(std::string_view text) {
  std::string shown;
  while (!text.empty()) {
    if (text.starts_with("msgid=") && text.size() >= 22) {
      shown += "msgid=M";
      text.remove_prefix(22);
      continue;
    }
    if (text.front() != '\r') shown += text.front();
    text.remove_prefix(1);
  }
  return shown;
}

// A client that has said who it is: name, name_u and an address that ends with the name's length.
class IrcClient {
 public:
  IrcClient(IrcServer& server, std::string_view name, std::uint32_t wanted = 0)
      : user(server, nullptr, 0) {
    user.source.user = std::string(name) + "_u";
    user.source.host = "192.0.2." + std::to_string(name.size());
    user.real_name = "The real " + std::string(name);
    user.peer = Endpoint(*IpAddress::parse(user.source.host), 6667);
    user.since = WallTime(std::chrono::seconds(1'767'225'600));
    EXPECT_TRUE(user.hub().enter(user, name));
    user.is_registered = true;
    user.newcomer.reset();
    user.flood = ChatFlood(false);
    user.set_capabilities(wanted);
  }
  ~IrcClient() { user.leave("over"); }
  IrcClient(const IrcClient&) = delete;
  IrcClient& operator=(const IrcClient&) = delete;

  // One line after the other, and what this client was sent since it was asked last. The loop is
  // the test's own, and stands still in between.
  std::string says(std::string_view lines) {
    while (!lines.empty()) {
      const std::string_view line = lines.substr(0, lines.find('\n'));
      lines.remove_prefix(std::min(line.size() + 1, lines.size()));
      Loop::current().run(user.take(line));
    }
    return heard();
  }
  std::string heard() { return shown_irc(ChatHub::take(user, 16 * 1024 * 1024)); }

  IrcSession user;
};

struct IrcChat : testing::Test {
  static ChatSettings settings_of_irc() {
    ChatSettings settings;
    settings.server_name = "irc.example";
    return settings;
  }
  static std::unique_ptr<Loop> make_loop() {
    auto world = std::make_unique<sim::World>(1);
    sim::Host& host = world->lone_host({});
    std::unique_ptr<Loop> made = host.give_loop();
    static_cast<sim::HostEngine&>(made->engine()).keep(std::move(world));
    return made;
  }

  IrcServer server_of(ChatHub& of) {
    return {.hub = of,
            .doorkeeper = doorkeeper,
            .passwords = passwords,
            .accounts = nullptr,
            .started = {},
            .version = "patchbay-test",
            .rehash = {}};
  }
  void use(ChatSettings settings) {
    hub.exchange_settings(std::make_shared<const ChatSettings>(std::move(settings)));
  }

  std::unique_ptr<Loop> loop = make_loop();
  LoopGuard guard{*loop};
  ChatHub hub{std::make_shared<const ChatSettings>(settings_of_irc()), nullptr, nullptr};
  ChatDoorkeeper doorkeeper;
  ChatPasswordDesk passwords;
  IrcServer server = server_of(hub);
};

}  // namespace patchbay
