// What is asked about the server: MOTD, LUSERS, VERSION, TIME, INFO, ADMIN, STATS, LINKS and HELP
// (RFC 2812 section 3.4).
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <string>

#include "patchbay/base/ascii.hpp"
#include "patchbay/tools/chat/irc/irc_commands.hpp"
#include "patchbay/tools/chat/irc/irc_line_list.hpp"
#include "patchbay/tools/chat/irc/irc_registration.hpp"
#include "patchbay/tools/chat/irc/irc_targets.hpp"

namespace patchbay {

namespace {

void motd(IrcSession& session, const IrcMessage&) { tell_irc_motd(session); }

void lusers(IrcSession& session, const IrcMessage&) { tell_irc_users(session, true); }

void version(IrcSession& session, const IrcMessage&) {
  const std::string& self = session.hub().self().name;
  session.reply(351, {session.server.version, self, "One room, three doors"});
  tell_irc_support(session);
}

void time_of_day(IrcSession& session, const IrcMessage&) {
  session.reply(391, {session.hub().self().name, rfc3339(irc_now())});
}

void info(IrcSession& session, const IrcMessage&) {
  const std::array lines = {
      fmt::format("This is {}.", session.server.version),
      std::string(
          "Whoever has nothing but nc or telnet, a client for IRC, or a browser, talks here"),
      std::string("in the same rooms."),
      fmt::format("It runs since {}.", rfc3339(session.server.started))};
  for (const std::string& line : lines) session.reply(371, {line});
  session.reply(374, {"That is all there is to say of it"});
}

void admin(IrcSession& session, const IrcMessage&) {
  session.reply(423, {session.hub().self().name, "It does not say who looks after it"});
}

// --- STATS ---

void tell_uptime(IrcSession& session) {
  using namespace std::chrono;
  const auto up = floor<seconds>(irc_now() - session.server.started);
  const auto whole_days = floor<days>(up);
  const hh_mm_ss rest(up - whole_days);
  session.reply(
      242, {fmt::format("Server Up {} days {}:{:02}:{:02}", whole_days.count(),
                        rest.hours().count(), rest.minutes().count(), rest.seconds().count())});
}

void tell_operators(IrcSession& session) {
  for (const ChatOperator& known : session.hub().settings().operators) {
    session.reply(243, {"O", known.mask, "*", known.name});
  }
}

void tell_traffic(IrcSession& session) {
  const ChatHub& hub = session.hub();
  const auto tell = [&](std::string_view what, std::uint64_t count) {
    session.reply(212, {what, std::to_string(count)});
  };
  tell("MESSAGES", hub.counters().messages);
  tell("WRITES", hub.flush_counters().writes);
  tell("BYTES", hub.flush_counters().bytes);
  tell("CUT", hub.flush_counters().cut);
}

void stats(IrcSession& session, const IrcMessage& message) {
  const std::string_view letter = message.parameter(0).substr(0, 1);
  if (letter == "u") tell_uptime(session);
  // Where operators come from, and how much is said, is nobody else's business.
  if ((letter == "o" || letter == "m") && !session.is_operator) {
    session.reply(481, {"That is for operators"});
  } else if (letter == "o") {
    tell_operators(session);
  } else if (letter == "m") {
    tell_traffic(session);
  }
  session.reply(219, {letter, "That was all of it"});
}

// There is no other.
void links(IrcSession& session, const IrcMessage&) {
  const std::string& self = session.hub().self().name;
  session.reply(364, {self, self, fmt::format("0 {}", session.hub().settings().network)});
  session.reply(365, {"*", "There are no others"});
}

// --- HELP ---

constexpr std::size_t k_help_line_bytes = 70;

void help(IrcSession& session, const IrcMessage& message) {
  const std::string_view topic = message.count > 0 ? message.parameter(0) : "*";
  if (topic != "*") {
    const IrcCommand* const command = find_irc_command(topic);
    if (command == nullptr) return session.reply(524, {topic, "There is no such command"});
    session.reply(704, {command->name, fmt::format("{}, with {} parameters at least", command->name,
                                                   command->least_parameters)});
    return session.reply(706, {command->name, "RFC 2812 and ircv3.net say what it does"});
  }
  session.reply(704, {topic, "The commands that this server knows:"});
  IrcLineList names(k_help_line_bytes, ' ');
  for (const IrcCommand* const command : irc_commands()) names.add(command->name);
  for (const std::string& line : names.lines()) session.reply(705, {topic, line});
  session.reply(706, {topic, "RFC 2812 and ircv3.net say what they do"});
}

constexpr std::array k_commands = {
    IrcCommand{.name = "MOTD", .run = motd},
    IrcCommand{.name = "LUSERS", .run = lusers, .cost = ChatCost::history},
    IrcCommand{.name = "VERSION", .run = version},
    IrcCommand{.name = "TIME", .run = time_of_day},
    IrcCommand{.name = "INFO", .run = info},
    IrcCommand{.name = "ADMIN", .run = admin},
    IrcCommand{.name = "STATS", .run = stats},
    IrcCommand{.name = "LINKS", .run = links},
    IrcCommand{.name = "HELP", .run = help},
};

}  // namespace

std::span<const IrcCommand> irc_server_commands() { return k_commands; }

}  // namespace patchbay
