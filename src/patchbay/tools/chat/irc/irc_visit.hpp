// For the doors of IRC: one client on its way through the server, whatever carries its lines.
#pragma once

#include <expected>
#include <string_view>

#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

// How long an end may take: the last line is still to be written, and to be read by the client.
inline constexpr Duration k_irc_goodbye = 1s;

using ChatTicket = std::expected<ChatDoorkeeper::Ticket, const char*>;

class IrcVisit : public IrcReader {
 public:
  // Without a ticket it is over at once, and the client is told why.
  IrcVisit(IrcServer& server, Stream* stream, std::uint32_t framing, const Endpoint& peer,
           bool secure, ChatTicket ticket);

  // A line has come and is done, and then the client has to wait for as long as it is too fast, or
  // does not read what it is sent.
  Task<> take(std::string_view line);

  IrcSession session;

 protected:
  ~IrcVisit() = default;

  // Waits until then, or until somebody calls wake(). False: the server ends.
  virtual Task<bool> pause(Deadline until) = 0;

 private:
  Task<> slow_down();

  ChatDoorkeeper::Ticket ticket_;
};

}  // namespace patchbay
