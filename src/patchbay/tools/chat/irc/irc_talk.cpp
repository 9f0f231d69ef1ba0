// PRIVMSG, NOTICE and TAGMSG (RFC 2812 section 3.3, message-tags).
#include <algorithm>
#include <array>

#include "patchbay/tools/chat/irc/irc_answers.hpp"
#include "patchbay/tools/chat/irc/irc_commands.hpp"
#include "patchbay/tools/chat/irc/irc_refusal.hpp"
#include "patchbay/tools/chat/irc/irc_targets.hpp"
#include "patchbay/tools/chat/text/chat_text.hpp"

namespace patchbay {

namespace {

constexpr auto k_op = static_cast<std::uint8_t>(ChatRank::op);
constexpr auto k_voice = static_cast<std::uint8_t>(ChatRank::voice);

struct Saying {
  ChatTone tone = ChatTone::message;
  std::string text = {};
  std::string tags = {};
  bool tells_failures = true;  // a NOTICE is never answered
};

// "\x01ACTION waves\x01" is an action; other requests of CTCP are handed on as they are.
Saying saying_of(std::string_view text, ChatTone tone) {
  if (!text.starts_with('\x01')) {
    return {.tone = tone, .text = clean_chat_text(text, k_irc_line_bytes)};
  }
  std::string_view inside = text.substr(1);
  if (inside.ends_with('\x01')) inside.remove_suffix(1);
  const bool is_action = inside == "ACTION" || inside.starts_with("ACTION ");
  if (is_action && tone == ChatTone::message) {
    inside.remove_prefix(std::min(std::string_view("ACTION ").size(), inside.size()));
    return {.tone = ChatTone::action, .text = clean_chat_text(inside, k_irc_line_bytes)};
  }
  const std::string cleaned = clean_chat_text(inside, k_irc_line_bytes);
  return {.tone = tone, .text = cleaned.empty() ? std::string() : '\x01' + cleaned + '\x01'};
}

// What clients tell each other, and nothing that only a server may say.
std::string client_tags(const IrcSession& session, std::string_view tags) {
  if (!session.has(irc::message_tags)) return {};
  std::string kept;
  for_each_irc_tag(tags, [&](std::string_view key, std::string_view value) {
    if (!key.starts_with('+') || key.size() == 1) return;
    if (!kept.empty()) kept += ';';
    kept += key;
    if (!value.empty()) (kept += '=') += value;
  });
  return kept;
}

void say_to(IrcSession& session, std::string_view to, const Saying& saying) {
  std::uint8_t ranks = 0;
  std::string_view name = to;
  if (to.starts_with("@#") || to.starts_with("+#")) {
    ranks = to.front() == '@' ? k_op : static_cast<std::uint8_t>(k_op | k_voice);
    name.remove_prefix(1);
  }
  const auto said = session.hub().say(session, name, saying.tone, saying.text, saying.tags, ranks);
  if (!said) {
    if (!saying.tells_failures) return;
    // What is no room to talk to is called as what is no user (RFC 2812 section 3.3.1).
    const bool is_nobody = said.error() == ChatRefusal::no_such_room;
    return refuse_irc(session, is_nobody ? ChatRefusal::no_such_user : said.error(), to, to);
  }
  if (saying.tone == ChatTone::tags || !saying.tells_failures || name.starts_with('#')) return;
  const ChatUser* const other = session.hub().find_user(name);
  if (other != nullptr) tell_irc_away(session, *other);
}

void say_to_all(IrcSession& session, std::string_view targets, const Saying& saying) {
  std::size_t count = 0;
  while (!targets.empty()) {
    const std::string_view to = take_irc_item(targets);
    if (to.empty()) continue;
    if (count == k_irc_targets) {
      if (saying.tells_failures) {
        session.reply(407, {to, "Too many targets: the rest is not told"});
      }
      return;
    }
    if (count++ > 0) spend_irc(session, ChatCost::command);
    say_to(session, to, saying);
  }
}

void talk(IrcSession& session, const IrcMessage& message, ChatTone tone, std::string_view command) {
  const bool tells_failures = tone != ChatTone::notice;
  if (message.parameter(0).empty()) {
    if (!tells_failures) return;
    return session.reply(411, {"No recipient given (" + std::string(command) + ")"});
  }
  Saying saying = saying_of(message.parameter(1), tone);
  saying.tells_failures = tells_failures;
  saying.tags = client_tags(session, message.tags);
  if (saying.text.empty()) {
    if (tells_failures) session.reply(412, {"No text to send"});
    return;
  }
  say_to_all(session, message.parameter(0), saying);
}

void privmsg(IrcSession& session, const IrcMessage& message) {
  talk(session, message, ChatTone::message, "PRIVMSG");
}

void notice(IrcSession& session, const IrcMessage& message) {
  talk(session, message, ChatTone::notice, "NOTICE");
}

void tagmsg(IrcSession& session, const IrcMessage& message) {
  if (message.parameter(0).empty()) return session.reply(411, {"No recipient given (TAGMSG)"});
  Saying saying{.tone = ChatTone::tags, .tags = client_tags(session, message.tags)};
  // There is nothing that anybody could be told.
  if (saying.tags.empty()) return;
  say_to_all(session, message.parameter(0), saying);
}

constexpr std::array k_commands = {
    IrcCommand{.name = "PRIVMSG", .run = privmsg},
    IrcCommand{.name = "NOTICE", .run = notice},
    IrcCommand{.name = "TAGMSG", .run = tagmsg},
};

}  // namespace

std::span<const IrcCommand> irc_talk_commands() { return k_commands; }

}  // namespace patchbay
