// ChatLink: one protocol, seen from the client. It only translates: lines of the server into
// events, wishes of the user into lines. It knows of no socket and of no clock.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/tools/chat_client/chat_event.hpp"
#include "patchbay/tools/chat_client/chat_wish.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay::chat_client {

// Why there can be no talk with this server, also not later. Fit for a terminal.
struct ChatRefusal {
  Failure failure;
  int code = exit_failed;
};

class ChatLink {
 public:
  ChatLink() = default;
  ChatLink(const ChatLink&) = delete;
  ChatLink& operator=(const ChatLink&) = delete;
  virtual ~ChatLink() = default;

  // The connection is there.
  virtual void begin() = 0;
  // A line of the server, without its end; `now` dates what has no time of its own.
  virtual void hear(std::string_view line, WallTime now) = 0;
  // The beginning of a line whose end has not come: a prompt may be one.
  virtual void hear_unfinished(std::string_view /*beginning*/) {}
  // What a user wants of a server; `search` and `help` are none of that. Before the welcome only
  // `quit` has an effect.
  virtual void wish(const ChatWish& wish, WallTime now) = 0;
  // Asks what the server answers only when it has dealt with all that was said before; each becomes
  // one event `fenced`.
  virtual void fence() = 0;

  bool welcomed() const { return welcomed_; }
  const std::string& own_name() const { return own_name_; }
  const std::optional<ChatRefusal>& refusal() const { return refusal_; }

  // What is to be sent, without line ends, and what has happened, since the last call.
  std::vector<std::string> take_lines() { return std::exchange(lines_, {}); }
  std::vector<ChatEvent> take_events() { return std::exchange(events_, {}); }

 protected:
  void send(std::string line);
  ChatEvent& tell(ChatEvent event) { return events_.emplace_back(std::move(event)); }
  // A word of the server's, or of this program's, to the user.
  void tell_word(std::string text, WallTime at, std::string room = {});
  void refuse(std::string text, WallTime at, std::string room = {});
  void give_up(Failure failure, int code = exit_failed);

  bool welcomed_ = false;
  std::string own_name_;

 private:
  std::vector<std::string> lines_;
  std::vector<ChatEvent> events_;
  std::optional<ChatRefusal> refusal_;
};

}  // namespace patchbay::chat_client
