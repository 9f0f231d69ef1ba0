// CHATHISTORY (draft/chathistory) and SEARCH (soju.im/search).
#include "patchbay/tools/chat/irc/irc_history.hpp"

#include <algorithm>
#include <array>

#include "patchbay/tools/chat/irc/irc_answers.hpp"
#include "patchbay/tools/chat/irc/irc_commands.hpp"
#include "patchbay/tools/chat/irc/irc_face.hpp"
#include "patchbay/tools/chat/irc/irc_history_request.hpp"
#include "patchbay/tools/chat/irc/irc_time.hpp"
#include "patchbay/tools/chat/room/chat_recent.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"

namespace patchbay {

std::string irc_history_key(const IrcSession& session, std::string_view target) {
  if (target.starts_with('#')) {
    const ChatRoom* const room = session.hub().find_room(target);
    return room != nullptr && room->find(session) != nullptr ? room->key : std::string();
  }
  if (const ChatUser* const user = session.hub().find_user(target)) {
    return ChatHub::private_key(session, *user);
  }
  // Who is not here is called by its account.
  return ChatHub::private_key(session.source.account, target);
}

namespace {

void fail(IrcSession& session, const IrcHistoryFault& fault) {
  if (fault.context.empty()) {
    session.reply_standard("FAIL", "CHATHISTORY", fault.code, {fault.subcommand}, fault.text);
  } else {
    session.reply_standard("FAIL", "CHATHISTORY", fault.code, {fault.subcommand, fault.context},
                           fault.text);
  }
}

void fail_to_read(IrcSession& session, std::string_view code, std::string_view subcommand,
                  std::string_view target) {
  fail(session, {.code = code,
                 .subcommand = subcommand,
                 .context = target,
                 .text = "Messages could not be retrieved"});
}

// --- TARGETS ---

// The names of those with whom the client may have talked: who is watched, and who is here.
std::vector<std::string> private_keys(const IrcSession& session) {
  constexpr std::size_t most = 1000;
  std::vector<std::string> keys;
  if (session.source.account.empty()) return keys;
  const auto add = [&](std::string_view account) {
    if (keys.size() >= most || account.empty()) return;
    keys.push_back(ChatHub::private_key(session.source.account, account));
  };
  for (const std::string& name : session.watched) add(name);
  session.hub().for_each_user([&](const ChatUser& user) { add(user.source.account); });
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

// Of two accounts with a blank between them, the one that is not the client's.
std::string other_of(const IrcSession& session, std::string_view key) {
  const std::string own = fold_chat_name(session.source.account);
  const std::size_t blank = key.find(' ');
  const std::string_view first = key.substr(0, blank);
  return std::string(first == own ? key.substr(blank + 1) : first);
}

std::string name_of(const IrcSession& session, const ChatTarget& target) {
  if (!target.key.starts_with('#')) return other_of(session, target.key);
  const ChatRoom* const room = session.hub().find_room(target.key);
  return room != nullptr ? room->name : target.to;
}

// Without a history what the rooms remember is all there is.
std::vector<ChatTarget> recent_targets(const IrcSession& session, WallTime from, WallTime to) {
  std::vector<ChatTarget> targets;
  for (const ChatSeat& seat : session.seats) {
    const ChatRoom& room = *seat.room;
    if (room.recent.empty()) continue;
    const WallTime latest = room.recent.back()->at;
    if (latest <= from || latest >= to) continue;
    targets.push_back({.key = room.key, .to = room.name, .latest = latest});
  }
  std::ranges::sort(targets, {}, &ChatTarget::latest);
  return targets;
}

Task<Result<std::vector<ChatTarget>>> read_targets(IrcSession& session, WallTime from,
                                                   WallTime to) {
  ChatHistory* const history = session.hub().history();
  if (history == nullptr) co_return recent_targets(session, from, to);
  std::vector<std::string> keys = private_keys(session);
  for (const ChatSeat& seat : session.seats) keys.push_back(seat.room->key);
  const std::size_t count = keys.size();
  auto targets = co_await history->targets(std::move(keys), from, to, count);
  if (targets) {
    // Whose latest message lies outside is not meant.
    std::erase_if(*targets, [&](const ChatTarget& target) {
      return target.latest <= from || target.latest >= to;
    });
  }
  co_return targets;
}

Task<> tell_targets(IrcSession& session, const IrcHistoryRequest& request) {
  WallTime from = request.query.from->at;
  WallTime to = request.query.to->at;
  const bool backwards = from > to;
  if (backwards) std::swap(from, to);
  const auto targets = co_await read_targets(session, from, to);
  if (!targets) co_return fail_to_read(session, "MESSAGE_ERROR", request.subcommand, {});

  // The limit counts from the first time on.
  std::span<const ChatTarget> told(*targets);
  if (told.size() > request.query.limit) {
    told = backwards ? told.last(request.query.limit) : told.first(request.query.limit);
  }
  session.begin_batch("draft/chathistory-targets", {});
  for (const ChatTarget& target : told) {
    std::string line = ":" + session.hub().self().name + " CHATHISTORY TARGETS ";
    (line += name_of(session, target)) += ' ';
    append_irc_time(line, target.latest);
    session.reply_line(line);
  }
  session.end_batch();
}

// --- messages ---

Task<Result<std::vector<SharedChatMessage>>> read_messages(IrcSession& session,
                                                           const ChatHistoryQuery& query) {
  ChatHistory* const history = session.hub().history();
  const ChatRoom* const room = session.hub().find_room(query.key);
  if (room != nullptr) {
    auto recent = read_recent(*room, query, history == nullptr);
    if (recent) co_return std::move(*recent);
  }
  std::vector<SharedChatMessage> messages;
  if (history == nullptr) co_return messages;
  auto read = co_await history->read(query);
  if (!read) co_return read.error();
  for (ChatMessage& each : *read) {
    messages.push_back(std::make_shared<const ChatMessage>(std::move(each)));
  }
  co_return messages;
}

Task<> chathistory(IrcSession& session, const IrcMessage& message) {
  auto request = read_irc_history(message, session.hub().settings().history.page);
  if (!request) co_return fail(session, request.error());
  if (request->target.empty()) {
    co_await tell_targets(session, *request);
    co_return;
  }
  request->query.key = irc_history_key(session, request->target);
  if (request->query.key.empty()) {
    co_return fail_to_read(session, "INVALID_TARGET", request->subcommand, request->target);
  }
  const auto messages = co_await read_messages(session, request->query);
  if (!messages) {
    co_return fail_to_read(session, "MESSAGE_ERROR", request->subcommand, request->target);
  }
  const ChatRoom* const room = session.hub().find_room(request->target);
  session.begin_batch("chathistory", room != nullptr ? room->name : request->target);
  for (const SharedChatMessage& each : *messages) {
    session.reply_line(irc_history_line(*each, session.variant.bits));
  }
  session.end_batch();
}

constexpr std::array k_commands = {
    IrcCommand{.name = "CHATHISTORY", .wait = chathistory, .cost = ChatCost::history},
    IrcCommand{
        .name = "SEARCH", .wait = search_irc, .least_parameters = 1, .cost = ChatCost::history},
};

}  // namespace

std::span<const IrcCommand> irc_history_commands() { return k_commands; }

}  // namespace patchbay
