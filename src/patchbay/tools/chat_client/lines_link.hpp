// LinesLink: the line mode of a chat as a client (wire/chat_line.hpp): a name for a prompt, then
// lines.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/chat_client/chat_link.hpp"
#include "patchbay/wire/chat_line.hpp"

namespace patchbay::chat_client {

struct LinesLinkOptions {
  std::string nick;
  std::vector<std::string> rooms = {};
  std::string lobby = "#lobby";  // where everybody begins
};

// Lines are typed into the room that was entered last: for another one the server is told first.
class LinesLink final : public ChatLink {
 public:
  explicit LinesLink(LinesLinkOptions options);

  void begin() override {}  // the server speaks first
  void hear(std::string_view line, WallTime now) override;
  void hear_unfinished(std::string_view beginning) override;
  void wish(const ChatWish& wish, WallTime now) override;
  void fence() override;

 private:
  void say_name();
  void hear_shown(const ChatShown& shown, WallTime now);
  void hear_notice(std::string_view text, WallTime now);
  bool hear_coming(std::string_view text, WallTime now);
  bool hear_going(std::string_view text, WallTime now);
  bool hear_renaming(std::string_view text, WallTime now);
  void hear_users(std::string_view list, WallTime now);
  void welcome(WallTime now);
  void come(std::string_view name, std::string room, WallTime now);
  void enter(const std::string& room, const std::string& key);
  void say(const ChatWish& wish, ChatLine::Kind kind, WallTime now);
  bool is_own(std::string_view name) const;
  ChatEvent event(ChatEvent::Kind kind, std::string_view from, WallTime now) const;

  LinesLinkOptions options_;
  std::string room_;       // where what is typed goes
  std::string beginning_;  // of a line, as long as the prompt may still come
  bool named_ = false;
  std::size_t fences_ = 0;  // that were asked and are not answered
  bool users_asked_ = false;
};

}  // namespace patchbay::chat_client
