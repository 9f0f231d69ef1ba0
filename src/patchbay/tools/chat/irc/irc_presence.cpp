// Who is here: AWAY, ISON, USERHOST (RFC 2812 section 4), SETNAME and MONITOR of IRCv3.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "patchbay/tools/chat/irc/irc_answers.hpp"
#include "patchbay/tools/chat/irc/irc_commands.hpp"
#include "patchbay/tools/chat/irc/irc_line_list.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"
#include "patchbay/tools/chat/text/chat_text.hpp"

namespace patchbay {

namespace {

// Of a server with a very long name lines are cut.
constexpr std::size_t k_most_around = 400;
constexpr std::size_t k_real_name_bytes = 150;
constexpr std::size_t k_hosts_at_once = 5;  // RFC 2812 section 4.8

void away(IrcSession& session, const IrcMessage& message) {
  const std::size_t most = session.hub().settings().limits.away_length;
  const std::string why = clean_chat_text(message.parameter(0), most);
  session.hub().set_away(session, why);
  if (why.empty()) return session.reply(305, {"You are no longer marked as away"});
  session.reply(306, {"You are marked as away"});
}

void setname(IrcSession& session, const IrcMessage& message) {
  const std::string name = clean_chat_text(message.parameter(0), k_real_name_bytes);
  if (name.empty()) {
    return session.reply_standard("FAIL", "SETNAME", "INVALID_REALNAME", {},
                                  "Nothing of this can be a real name");
  }
  session.hub().set_real_name(session, name);
}

// --- ISON, USERHOST ---

// Words, each a parameter of its own or all of them one.
template <class Visit>
void for_each_word(const IrcMessage& message, Visit visit) {
  for (std::string_view rest : message.all()) {
    while (!rest.empty()) {
      const std::string_view word = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(word.size() + 1, rest.size()));
      if (!word.empty()) visit(word);
    }
  }
}

void ison(IrcSession& session, const IrcMessage& message) {
  std::string here;
  for_each_word(message, [&](std::string_view name) {
    const ChatUser* const user = session.hub().find_user(name);
    if (user == nullptr) return;
    if (!here.empty()) here += ' ';
    here += user->source.name;
  });
  session.reply(303, {here});
}

void userhost(IrcSession& session, const IrcMessage& message) {
  std::string found;
  std::size_t count = 0;
  for_each_word(message, [&](std::string_view name) {
    if (count++ >= k_hosts_at_once) return;
    const ChatUser* const user = session.hub().find_user(name);
    if (user == nullptr) return;
    if (!found.empty()) found += ' ';
    found += fmt::format("{}{}={}{}@{}", user->source.name, user->is_operator ? "*" : "",
                         user->away.empty() ? '+' : '-', user->source.user, user->source.host);
  });
  session.reply(302, {found});
}

// --- MONITOR ---

void reply_list(IrcSession& session, int number, const IrcLineList& list) {
  for (const std::string& line : list.lines()) session.reply(number, {line});
}

// What stands in one line behind ":server 730 nick :".
IrcLineList line_list(const IrcSession& session) {
  const std::size_t around = session.hub().self().name.size() + session.addressee().size() + 10;
  return {k_irc_line_bytes - std::min(around, k_most_around), ','};
}

class Presence {
 public:
  explicit Presence(IrcSession& session)
      : session_(session), here_(line_list(session)), gone_(line_list(session)) {}

  void add(std::string_view name) {
    const ChatUser* const user = session_.hub().find_user(name);
    user != nullptr ? here_.add(chat_mask_of(*user)) : gone_.add(name);
  }
  void tell() {
    reply_list(session_, 730, here_);
    reply_list(session_, 731, gone_);
  }

 private:
  IrcSession& session_;
  IrcLineList here_;
  IrcLineList gone_;
};

void watch(IrcSession& session, std::string_view names) {
  const ChatLimits& limits = session.hub().settings().limits;
  Presence presence(session);
  while (!names.empty()) {
    const std::string_view all = names;
    const std::string_view name = take_irc_item(names);
    if (why_no_user_name(name, limits.name_length) != nullptr) continue;
    const std::size_t before = session.watched.size();
    if (!session.hub().watch(session, name)) {
      presence.tell();
      return session.reply(734, {std::to_string(limits.watches), all, "Your list is full"});
    }
    if (session.watched.size() > before) session.monitored.emplace_back(name);
    presence.add(name);
  }
  presence.tell();
}

void unwatch(IrcSession& session, std::string_view names) {
  while (!names.empty()) {
    const std::string_view name = take_irc_item(names);
    session.hub().unwatch(session, name);
    const std::string folded = fold_chat_name(name);
    std::erase_if(session.monitored,
                  [&](const std::string& known) { return fold_chat_name(known) == folded; });
  }
}

void unwatch_all(IrcSession& session) {
  session.hub().unwatch_all(session);
  session.monitored.clear();
}

void tell_watched(IrcSession& session) {
  IrcLineList list = line_list(session);
  for (const std::string& name : session.monitored) list.add(name);
  reply_list(session, 732, list);
  session.reply(733, {"That is all of your list"});
}

void monitor(IrcSession& session, const IrcMessage& message) {
  const std::string_view what = message.parameter(0);
  const std::string_view names = message.parameter(1);
  if (what == "+") return watch(session, names);
  if (what == "-") return unwatch(session, names);
  if (what == "C" || what == "c") return unwatch_all(session);
  if (what == "L" || what == "l") return tell_watched(session);
  if (what != "S" && what != "s") {
    return session.reply(461, {"MONITOR", "It is one of +, -, C, L and S"});
  }
  Presence presence(session);
  for (const std::string& name : session.monitored) presence.add(name);
  presence.tell();
}

constexpr std::array k_commands = {
    IrcCommand{.name = "AWAY", .run = away},
    IrcCommand{.name = "SETNAME", .run = setname, .least_parameters = 1},
    IrcCommand{.name = "MONITOR", .run = monitor, .least_parameters = 1},
    IrcCommand{.name = "ISON", .run = ison, .least_parameters = 1},
    IrcCommand{.name = "USERHOST", .run = userhost, .least_parameters = 1},
};

}  // namespace

std::span<const IrcCommand> irc_presence_commands() { return k_commands; }

}  // namespace patchbay
