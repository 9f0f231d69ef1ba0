// What whoever comes in is told: 001 to 005, how many are here, the message of the day (RFC 2812
// section 5.1).
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "patchbay/tools/chat/irc/irc_line_list.hpp"
#include "patchbay/tools/chat/irc/irc_mode_letters.hpp"
#include "patchbay/tools/chat/irc/irc_registration.hpp"
#include "patchbay/tools/chat/irc/irc_targets.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_tokens_a_line = 13;

// "draft-hoehrmann": what clients have to know of this server, in the order of the alphabet.
std::vector<std::string> support_of(const ChatSettings& settings) {
  const ChatLimits& limits = settings.limits;
  const std::string network = settings.network.empty() ? settings.server_name : settings.network;
  std::string network_word;
  for (const char c : network) network_word += c == ' ' ? std::string("\\x20") : std::string(1, c);
  return {
      fmt::format("AWAYLEN={}", limits.away_length),
      "BOT=B",
      "CASEMAPPING=ascii",
      fmt::format("CHANLIMIT=#:{}", limits.rooms_per_user),
      "CHANMODES=beI,k,l,imnst",
      fmt::format("CHANNELLEN={}", limits.room_length),
      "CHANTYPES=#",
      fmt::format("CHATHISTORY={}", settings.history.page),
      "ELIST=MNU",
      "EXCEPTS=e",
      "INVEX=I",
      fmt::format("KEYLEN={}", k_irc_key_bytes),
      fmt::format("KICKLEN={}", limits.reason_length),
      fmt::format("MAXLIST=beI:{}", limits.list_entries),
      fmt::format("MODES={}", k_irc_modes),
      fmt::format("MONITOR={}", limits.watches),
      "MSGREFTYPES=msgid,timestamp",
      "NETWORK=" + network_word,
      fmt::format("NICKLEN={}", limits.name_length),
      "PREFIX=(ov)@+",
      "SAFELIST",
      "STATUSMSG=@+",
      fmt::format("TARGMAX=JOIN:,KICK:{0},NOTICE:{0},PART:,PRIVMSG:{0},TAGMSG:{0},WHOIS:{0}",
                  k_irc_targets),
      fmt::format("TOPICLEN={}", limits.topic_length),
      fmt::format("USERLEN={}", k_irc_user_bytes),
      "UTF8ONLY",
      "WHOX",
  };
}

}  // namespace

void tell_irc_support(IrcSession& session) {
  const std::vector<std::string> tokens = support_of(session.hub().settings());
  for (std::size_t begin = 0; begin < tokens.size(); begin += k_tokens_a_line) {
    const std::size_t end = std::min(begin + k_tokens_a_line, tokens.size());
    std::string line = fmt::format(":{} 005 {}", session.hub().self().name, session.addressee());
    for (std::size_t i = begin; i < end; ++i) (line += ' ') += tokens[i];
    session.reply_line(line += " :are supported by this server");
  }
}

// Of operators there are few, but to find them everybody is asked: not for each who comes in.
void tell_irc_users(IrcSession& session, bool counts_operators) {
  const ChatHub& hub = session.hub();
  const std::size_t users = hub.user_count();
  const std::size_t most = hub.counters().most_users;
  session.reply(251, {fmt::format("There are {} users and 0 services on 1 server", users)});
  if (counts_operators) {
    std::size_t operators = 0;
    hub.for_each_user([&](const ChatUser& user) { operators += user.is_operator ? 1 : 0; });
    session.reply(252, {std::to_string(operators), "operators are here"});
  }
  session.reply(
      253, {std::to_string(session.server.doorkeeper.waiting()), "connections have no name yet"});
  session.reply(254, {std::to_string(hub.room_count()), "channels are open"});
  session.reply(255, {fmt::format("I have {} clients and 0 servers", users)});
  const std::string now = std::to_string(users);
  const std::string ever = std::to_string(most);
  session.reply(265, {now, ever, fmt::format("{} users are here, and were {} at most", now, ever)});
  session.reply(266, {now, ever, fmt::format("The same in all: {}, and {} at most", now, ever)});
}

void tell_irc_motd(IrcSession& session) {
  const ChatSettings& settings = session.hub().settings();
  if (settings.motd.empty()) return session.reply(422, {"There is no message of the day"});
  session.reply(375, {fmt::format("- {}: message of the day", settings.server_name)});
  for (const std::string& line : settings.motd) session.reply(372, {"- " + line});
  session.reply(376, {"That was the message of the day"});
}

void tell_irc_welcome(IrcSession& session) {
  const ChatSettings& settings = session.hub().settings();
  const IrcServer& server = session.server;
  session.reply(1, {fmt::format("Welcome to {}, {}", settings.network, chat_mask_of(session))});
  session.reply(
      2, {fmt::format("You are at {}, which runs {}", settings.server_name, server.version)});
  session.reply(3, {fmt::format("It runs since {}", rfc3339(server.started))});
  session.reply_line(fmt::format(":{} 004 {} {} {} Biow beIiklmnostv beIklov", settings.server_name,
                                 session.addressee(), settings.server_name, server.version));
  tell_irc_support(session);
  tell_irc_users(session, false);
  tell_irc_motd(session);
}

}  // namespace patchbay
