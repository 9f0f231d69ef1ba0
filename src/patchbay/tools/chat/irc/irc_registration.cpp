// PASS, NICK, USER, QUIT, PING and PONG (RFC 2812 sections 3.1 and 3.7), and the way in.
#include "patchbay/tools/chat/irc/irc_registration.hpp"

#include <array>
#include <string>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/irc/irc_commands.hpp"
#include "patchbay/tools/chat/irc/irc_refusal.hpp"
#include "patchbay/tools/chat/irc/irc_sasl.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"
#include "patchbay/tools/chat/text/chat_text.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_real_name_bytes = 150;

void refuse_second_registration(IrcSession& session) {
  session.reply(462, {"That is said once, before you are welcomed"});
}

// There is no ident here: a '~' says that nobody has vouched for the name.
std::string user_of(std::string_view typed) {
  std::string user = "~";
  for (const char c : typed) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                      c == '-' || c == '_' || c == '.';
    if (fits && user.size() < k_irc_user_bytes) user += c;
  }
  return user.size() > 1 ? user : "~user";
}

Task<> pass(IrcSession& session, const IrcMessage& message) {
  if (session.newcomer == nullptr) {
    refuse_second_registration(session);
    co_return;
  }
  const ChatSettings& settings = session.hub().settings();
  if (settings.password_hash.empty()) co_return;
  const std::string password(message.parameter(0));
  const auto verdict = co_await session.server.passwords.check(
      settings.password_hash, password, session.peer.address(), settings.accounts.tries_per_minute);
  session.newcomer->password_given = verdict == ChatPasswordVerdict::right;
  if (verdict == ChatPasswordVerdict::right) co_return;
  const bool is_wrong = verdict == ChatPasswordVerdict::wrong;
  session.reply(464, {is_wrong ? "The password is wrong" : "Too many tries: wait a minute"});
  session.end("Wrong password");
}

void nick(IrcSession& session, const IrcMessage& message) {
  const std::string_view name = message.parameter(0);
  if (name.empty()) return session.reply(431, {"There is no nick behind the command"});
  ChatHub& hub = session.hub();
  if (session.newcomer == nullptr) {
    const auto renamed = hub.rename(session, name);
    if (!renamed) refuse_irc(session, renamed.error(), {}, name);
    return;
  }
  // It has its name only when all else is there as well, but may hear at once that it cannot.
  if (why_no_user_name(name, hub.settings().limits.name_length) != nullptr) {
    return refuse_irc(session, ChatRefusal::name_wrong, {}, name);
  }
  if (hub.find_user(name) != nullptr)
    return refuse_irc(session, ChatRefusal::name_in_use, {}, name);
  session.newcomer->name = name;
  welcome_irc_if_ready(session);
}

void user(IrcSession& session, const IrcMessage& message) {
  if (session.newcomer == nullptr) return refuse_second_registration(session);
  if (message.parameter(0).empty()) {
    return session.reply(461, {"USER", "There is no user's name behind the command"});
  }
  session.newcomer->user = user_of(message.parameter(0));
  session.source.user = session.newcomer->user;
  session.real_name = clean_chat_text(message.parameter(3), k_real_name_bytes);
  welcome_irc_if_ready(session);
}

void quit(IrcSession& session, const IrcMessage& message) {
  const std::string reason =
      clean_chat_text(message.parameter(0), session.hub().settings().limits.reason_length);
  session.end(reason.empty() ? "Quit" : "Quit: " + reason);
}

void ping(IrcSession& session, const IrcMessage& message) {
  const std::string& self = session.hub().self().name;
  if (message.parameter(0).empty()) {
    return session.reply(409, {"There is nothing behind the command to send back"});
  }
  session.reply_line(":" + self + " PONG " + self + " :" + std::string(message.parameter(0)));
}

// Any line shows that the client is there.
void pong(IrcSession&, const IrcMessage&) {}

constexpr std::array k_commands = {
    IrcCommand{.name = "PASS", .wait = pass, .least_parameters = 1, .before_registration = true},
    IrcCommand{.name = "NICK", .run = nick, .before_registration = true},
    IrcCommand{.name = "USER", .run = user, .least_parameters = 4, .before_registration = true},
    IrcCommand{.name = "CAP", .run = negotiate_irc, .before_registration = true},
    IrcCommand{.name = "AUTHENTICATE",
               .wait = authenticate_irc,
               .least_parameters = 1,
               .before_registration = true},
    IrcCommand{.name = "QUIT", .run = quit, .before_registration = true, .cost = {}},
    IrcCommand{.name = "PING", .run = ping, .before_registration = true},
    IrcCommand{.name = "PONG", .run = pong, .before_registration = true},
    // Of servers, to servers.
    IrcCommand{.name = "ERROR", .run = pong, .before_registration = true},
};

// What the settings ask for beside a name. False: it lacks something, and is told so.
bool has_what_is_asked_for(IrcSession& session) {
  const ChatSettings& settings = session.hub().settings();
  if (!settings.password_hash.empty() && !session.newcomer->password_given) {
    session.reply(464, {"This server asks for a password: PASS comes first"});
    session.end("No password");
    return false;
  }
  if (settings.accounts.required && session.source.account.empty()) {
    session.reply_standard("FAIL", "*", "ACCOUNT_REQUIRED_TO_CONNECT", {},
                           "Log in to an account first, by SASL");
    session.end("Not logged in to an account");
    return false;
  }
  return true;
}

}  // namespace

std::span<const IrcCommand> irc_registration_commands() { return k_commands; }

ChatFlood irc_flood_for(const Endpoint& peer, const ChatLimits& limits) {
  return ChatFlood(limits.flood && (limits.flood_loopback || !peer.address().is_loopback()));
}

void welcome_irc_if_ready(IrcSession& session) {
  IrcNewcomer& newcomer = *session.newcomer;
  if (newcomer.name.empty() || newcomer.user.empty() || newcomer.negotiating) return;
  if (!has_what_is_asked_for(session)) return;
  if (session.sasl) {
    session.sasl = nullptr;
    session.reply(906, {"You came in before the login was done: it is given up"});
  }
  const std::string name = std::exchange(newcomer.name, {});
  const auto entered = session.hub().enter(session, name);
  if (!entered) return refuse_irc(session, entered.error(), {}, name);
  session.is_registered = true;
  session.newcomer = nullptr;
  // What the way in has cost is not held against it.
  session.flood = irc_flood_for(session.peer, session.hub().settings().limits);
  tell_irc_welcome(session);
}

}  // namespace patchbay
