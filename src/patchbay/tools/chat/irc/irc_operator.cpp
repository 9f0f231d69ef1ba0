// OPER, KILL, REHASH and WALLOPS (RFC 2812 sections 3.1.4, 3.7.1, 4.2 and 4.7).
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "patchbay/tools/chat/irc/irc_commands.hpp"
#include "patchbay/tools/chat/irc/irc_face.hpp"
#include "patchbay/tools/chat/irc/irc_refusal.hpp"
#include "patchbay/tools/chat/text/chat_text.hpp"

namespace patchbay {

namespace {

// False: it is none, and was told so.
bool is_allowed(IrcSession& session) {
  if (!session.is_operator) session.reply(481, {"That is for operators"});
  return session.is_operator;
}

// Null: there is no operator of this name, or none who comes from there.
const ChatOperator* operator_of(const IrcSession& session, std::string_view name) {
  const auto& known = session.hub().settings().operators;
  const auto found = std::ranges::find(known, name, &ChatOperator::name);
  const std::string from = fmt::format("{}@{}", session.source.user, session.source.host);
  return found != known.end() && matches_irc_mask(found->mask, from) ? &*found : nullptr;
}

Task<> oper(IrcSession& session, const IrcMessage& message) {
  // The settings may be others when the check is done.
  const ChatOperator* const known = operator_of(session, message.parameter(0));
  const bool is_known = known != nullptr;
  const std::string hash = is_known ? known->hash : std::string();
  const std::string password(message.parameter(1));
  const auto verdict = co_await session.server.passwords.check(
      hash, password, session.peer.address(), session.hub().settings().accounts.tries_per_minute);
  if (session.is_over()) co_return;
  switch (verdict) {
    case ChatPasswordVerdict::too_often:
      co_return session.reply(464, {"Too many tries: wait a minute"});
    case ChatPasswordVerdict::wrong:
      // Which of the two was wrong is not said.
      co_return session.reply(464, {"There is no such operator with this password from here"});
    case ChatPasswordVerdict::right: break;
  }
  session.is_operator = true;
  session.reply(381, {"You are an operator of this server now"});
  session.reply_line(fmt::format(":{} MODE {} :+o", chat_mask_of(session), session.source.name));
}

void kill(IrcSession& session, const IrcMessage& message) {
  if (!is_allowed(session)) return;
  const std::string_view name = message.parameter(0);
  ChatUser* const target = session.hub().find_user(name);
  if (target == nullptr) return refuse_irc(session, ChatRefusal::no_such_user, {}, name);
  const std::string why =
      clean_chat_text(message.parameter(1), session.hub().settings().limits.reason_length);
  target->cut(fmt::format("Killed by {}{}{}", session.source.name, why.empty() ? "" : ": ", why));
}

void rehash(IrcSession& session, const IrcMessage&) {
  if (!is_allowed(session)) return;
  if (session.server.rehash == nullptr) {
    return session.reply_standard("FAIL", "REHASH", "NO_SETTINGS", {},
                                  "This server was started without a settings file");
  }
  const std::string failure = session.server.rehash();
  if (failure.empty()) return session.reply(382, {"settings", "The settings have been read again"});
  session.reply_standard("FAIL", "REHASH", "WRONG_SETTINGS", {},
                         clean_chat_text(failure, k_irc_line_bytes));
}

// To all clients of IRC who want to hear it, and to operators.
void wallops(IrcSession& session, const IrcMessage& message) {
  if (!is_allowed(session)) return;
  const std::string text = clean_chat_text(message.parameter(0), k_irc_line_bytes);
  const std::string line = fmt::format(":{} WALLOPS :{}", chat_mask_of(session), text);
  session.hub().for_each_user([&](ChatUser& user) {
    if (user.variant.face != &irc_face()) return;
    auto& other = static_cast<IrcSession&>(user);
    if (other.hears_wallops || other.is_operator) other.reply_line(line);
  });
}

constexpr std::array k_commands = {
    IrcCommand{.name = "OPER", .wait = oper, .least_parameters = 2},
    IrcCommand{.name = "KILL", .run = kill, .least_parameters = 1},
    IrcCommand{.name = "REHASH", .run = rehash},
    IrcCommand{.name = "WALLOPS", .run = wallops, .least_parameters = 1},
};

}  // namespace

std::span<const IrcCommand> irc_operator_commands() { return k_commands; }

}  // namespace patchbay
