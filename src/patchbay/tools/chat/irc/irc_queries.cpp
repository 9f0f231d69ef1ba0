#include "patchbay/tools/chat/irc/irc_queries.hpp"

#include <algorithm>
#include <array>

#include "patchbay/net/loop.hpp"
#include "patchbay/tools/chat/irc/irc_commands.hpp"

namespace patchbay {

bool irc_may_see(const IrcSession& session, const ChatUser& user) {
  if (!user.is_invisible || &user == &session || session.is_operator) return true;
  return std::ranges::any_of(
      user.seats, [&](const ChatSeat& seat) { return seat.room->find(session) != nullptr; });
}

bool irc_may_know_address(const IrcSession& session, const ChatUser& user) {
  return &user == &session || session.is_operator || session.hub().settings().shows_addresses;
}

std::string irc_address_of(const ChatUser& user) {
  std::string address = user.peer.address().to_string();
  // As a word of a line, "::1" would be the last one.
  return address.starts_with(':') ? '0' + address : address;
}

std::chrono::seconds irc_idle_of(const ChatUser& user) {
  return std::chrono::floor<std::chrono::seconds>(Loop::current().now() - user.spoke_at);
}

namespace {

constexpr std::array k_commands = {
    IrcCommand{.name = "LIST", .wait = list_irc, .cost = ChatCost::history},
    IrcCommand{.name = "WHO", .wait = who_irc, .cost = ChatCost::history},
    IrcCommand{.name = "WHOIS", .run = whois_irc},
    IrcCommand{.name = "WHOWAS", .run = whowas_irc},
};

}  // namespace

std::span<const IrcCommand> irc_query_commands() { return k_commands; }

}  // namespace patchbay
