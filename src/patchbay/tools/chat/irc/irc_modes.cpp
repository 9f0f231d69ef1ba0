// MODE of rooms and of users (RFC 2812 sections 3.2.3 and 3.1.5).
#include <array>

#include "patchbay/tools/chat/irc/irc_commands.hpp"
#include "patchbay/tools/chat/irc/irc_mode_request.hpp"
#include "patchbay/tools/chat/irc/irc_names.hpp"
#include "patchbay/tools/chat/irc/irc_refusal.hpp"

namespace patchbay {

namespace {

// --- of rooms ---

struct MaskNumerics {
  int entry;
  int end;
  std::string_view text;
};

constexpr MaskNumerics numerics_of(ChatMode list) {
  if (list == ChatMode::ban_except) return {348, 349, "End of channel exception list"};
  if (list == ChatMode::invite_except) return {346, 347, "End of channel invite list"};
  return {367, 368, "End of channel ban list"};
}

const std::vector<ChatMask>& masks_of(const ChatRoom& room, ChatMode list) {
  if (list == ChatMode::ban_except) return room.ban_excepts;
  return list == ChatMode::invite_except ? room.invite_excepts : room.bans;
}

void tell_masks(IrcSession& session, const ChatRoom& room, ChatMode list) {
  const MaskNumerics numerics = numerics_of(list);
  for (const ChatMask& entry : masks_of(room, list)) {
    session.reply(numerics.entry, {room.name, entry.mask, entry.by, irc_seconds(entry.at)});
  }
  session.reply(numerics.end, {room.name, numerics.text});
}

// 324 and 329. The key is for members.
void tell_modes(IrcSession& session, const ChatRoom& room) {
  std::string modes = "+";
  std::string arguments;
  if (room.invite_only) modes += 'i';
  if (room.moderated) modes += 'm';
  if (room.no_outside) modes += 'n';
  if (room.secret) modes += 's';
  if (room.topic_locked) modes += 't';
  if (!room.key_word.empty()) {
    modes += 'k';
    (arguments += ' ') += room.find(session) != nullptr ? std::string_view(room.key_word) : "*";
  }
  if (room.limit > 0) {
    modes += 'l';
    (arguments += ' ') += std::to_string(room.limit);
  }
  std::string line = ":" + session.hub().self().name + " 324 ";
  ((line += session.addressee()) += ' ') += room.name;
  ((line += ' ') += modes) += arguments;
  session.reply_line(line);
  session.reply(329, {room.name, irc_seconds(room.created)});
}

void refuse_change(IrcSession& session, const ChatRoom& room, const ChatHub::ModeRefusal& refused) {
  const char letter[] = {irc_letter_of(refused.change.mode), '\0'};
  const bool is_of_list = refused.why == ChatRefusal::list_full;
  refuse_irc(session, refused.why, room.name, is_of_list ? letter : refused.change.argument);
}

void tell_problems(IrcSession& session, const ChatRoom& room, const IrcModeRequest& request) {
  for (const IrcModeProblem& problem : request.problems) {
    const char letter[] = {problem.letter, '\0'};
    if (problem.why.empty()) {
      session.reply(472, {letter, "is unknown mode char to me"});
    } else {
      const std::string_view argument = problem.argument.empty() ? "*" : problem.argument;
      session.reply(696, {room.name, letter, argument, problem.why});
    }
  }
}

void room_mode(IrcSession& session, const IrcMessage& message) {
  const std::string_view name = message.parameter(0);
  const ChatRoom* room = session.hub().find_room(name);
  if (room == nullptr || !room->is_seen_by(session)) {
    return refuse_irc(session, ChatRefusal::no_such_room, name);
  }
  if (message.count == 1) return tell_modes(session, *room);

  const IrcModeRequest request = read_irc_modes(message.all().subspan(1));
  tell_problems(session, *room, request);
  for (const ChatMode list : request.lists) tell_masks(session, *room, list);
  if (request.changes.empty()) return;
  const auto refused = session.hub().change_modes(session, name, request.changes);
  if (!refused) return refuse_irc(session, refused.error(), name);
  for (const ChatHub::ModeRefusal& each : *refused) refuse_change(session, *room, each);
}

// --- of users ---

// Null: it means nothing.
bool* user_flag(IrcSession& session, char letter) {
  switch (letter) {
    case 'i': return &session.is_invisible;
    case 'o': return &session.is_operator;
    case 'w': return &session.hears_wallops;
    case 'B': return &session.is_bot;
    default: return nullptr;
  }
}

void tell_user_modes(IrcSession& session) {
  std::string modes = "+";
  for (const char letter : std::string_view("Biow")) {
    if (*user_flag(session, letter)) modes += letter;
  }
  session.reply(221, {modes});
}

// Does what the letters say; returns those that changed something, as they are told.
std::string change_user(IrcSession& session, std::string_view letters, bool& has_unknown) {
  std::string changed;
  char told_sign = 0;
  bool set = true;
  for (const char letter : letters) {
    if (letter == '+' || letter == '-') {
      set = letter == '+';
      continue;
    }
    bool* const flag = user_flag(session, letter);
    if (flag == nullptr) has_unknown = true;
    // Operator becomes who knows the password, by OPER.
    if (flag == nullptr || *flag == set || (letter == 'o' && set)) continue;
    *flag = set;
    if (const char sign = set ? '+' : '-'; sign != told_sign) {
      changed += sign;
      told_sign = sign;
    }
    changed += letter;
  }
  return changed;
}

void user_mode(IrcSession& session, const IrcMessage& message) {
  const std::string_view name = message.parameter(0);
  const ChatUser* user = session.hub().find_user(name);
  if (user == nullptr) return refuse_irc(session, ChatRefusal::no_such_user, {}, name);
  if (user != &session) return session.reply(502, {"Cannot change mode for other users"});
  if (message.count == 1) return tell_user_modes(session);

  bool has_unknown = false;
  const std::string changed = change_user(session, message.parameter(1), has_unknown);
  if (!changed.empty()) {
    session.reply_line(":" + chat_mask_of(session) + " MODE " + session.source.name + " :" +
                       changed);
  }
  if (has_unknown) session.reply(501, {"Unknown MODE flag"});
}

void mode(IrcSession& session, const IrcMessage& message) {
  const bool is_room = message.parameter(0).starts_with('#');
  is_room ? room_mode(session, message) : user_mode(session, message);
}

constexpr std::array k_commands = {
    IrcCommand{.name = "MODE", .run = mode, .least_parameters = 1},
};

}  // namespace

std::span<const IrcCommand> irc_mode_commands() { return k_commands; }

}  // namespace patchbay
