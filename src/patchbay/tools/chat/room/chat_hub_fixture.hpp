// For tests of the room model: a face that writes what happens in plain words, users without a
// connection, and a hub on a loop of its own.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/sim/lone_host.hpp"
#include "patchbay/tools/chat/room/chat_hub.hpp"

namespace patchbay {

// "ann said hello in #lobby", one line an event. The bits are printed in front, if there are any.
class PlainFace final : public ChatFace {
 public:
  void render(const ChatEvent& event, std::uint32_t bits, std::string& out) const override {
    ++rendered;
    if (bits != 0) out += fmt::format("{} ", bits);
    out += words(event);
    out += '\n';
  }
  mutable std::size_t rendered = 0;

 private:
  static std::string words(const ChatEvent& e) {
    const std::string& name = e.from.name;
    switch (e.kind) {
      case ChatEvent::Kind::said:
        return fmt::format("{} said {} to {}", name, e.message->text, e.message->to);
      case ChatEvent::Kind::joined: return fmt::format("{} joined {}", name, e.room);
      case ChatEvent::Kind::parted: return fmt::format("{} left {}: {}", name, e.room, e.text);
      case ChatEvent::Kind::quit: return fmt::format("{} is gone: {}", name, e.text);
      case ChatEvent::Kind::kicked: return fmt::format("{} kicked {}: {}", name, e.target, e.text);
      case ChatEvent::Kind::renamed: return fmt::format("{} is {}", name, e.text);
      case ChatEvent::Kind::topic: return fmt::format("{} set {} of {}", name, e.text, e.room);
      case ChatEvent::Kind::modes: return fmt::format("{} changed {}", name, e.changes.size());
      case ChatEvent::Kind::away: return fmt::format("{} is away: {}", name, e.text);
      case ChatEvent::Kind::account: return fmt::format("{} has {}", name, e.from.account);
      case ChatEvent::Kind::host: return fmt::format("{} is at {}", name, e.text);
      case ChatEvent::Kind::real_name: return fmt::format("{} is really {}", name, e.text);
      case ChatEvent::Kind::invited: return fmt::format("{} invites to {}", name, e.room);
      case ChatEvent::Kind::invitation: return fmt::format("{} invited {}", name, e.target);
      case ChatEvent::Kind::appeared: return fmt::format("{} is there", name);
      case ChatEvent::Kind::vanished: return fmt::format("{} is not there", name);
    }
    return {};
  }
};

class PlainUser final : public ChatUser {
 public:
  // Without a stream, which is borrowed, it takes what it is sent by heard().
  PlainUser(ChatHub& hub, const PlainFace& face, std::string_view name, std::uint32_t bits = 0,
            Stream* stream = nullptr)
      : ChatUser(hub, {.face = &face, .bits = bits}, stream) {
    source.user = "user";
    source.host = "host";
    if (!name.empty()) EXPECT_TRUE(hub.enter(*this, name));
  }
  ~PlainUser() override { hub().leave(*this, "over"); }

  void cut(std::string_view reason) override { cut_for = reason; }
  void echo(const ChatEvent& event) override { echoed.push_back(event.kind); }

  // What it was sent since it was asked last.
  std::string heard() { return hub().take(*this, 1024 * 1024); }

  std::string cut_for;
  std::vector<ChatEvent::Kind> echoed;
};

struct ChatHubFixture : testing::Test {
  std::unique_ptr<Loop> loop = std::move(*sim::make_lone_loop({}));
  LoopGuard guard{*loop};
  PlainFace face;
  ChatHub hub{std::make_shared<const ChatSettings>(), nullptr, nullptr};

  void use(ChatSettings settings) {
    hub.exchange_settings(std::make_shared<const ChatSettings>(std::move(settings)));
  }
  SharedChatMessage say(ChatUser& user, std::string_view to, std::string_view text) {
    const auto said = hub.say(user, to, ChatTone::message, text);
    EXPECT_TRUE(said) << static_cast<int>(said.error());
    return said ? *said : nullptr;
  }
};

}  // namespace patchbay
