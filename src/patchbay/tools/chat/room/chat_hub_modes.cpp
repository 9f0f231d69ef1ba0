// The rules of a room, and who may change them.
#include <algorithm>
#include <charconv>

#include "patchbay/tools/chat/room/chat_hub.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_key_word_bytes = 64;

bool apply_flag(bool& flag, const ChatModeChange& change) {
  return std::exchange(flag, change.set) != change.set;
}

bool apply_key(ChatRoom& room, ChatModeChange& change) {
  if (!change.set) {
    change.argument = "*";  // nobody is told what it was
    return !std::exchange(room.key_word, {}).empty();
  }
  change.argument.resize(std::min(change.argument.size(), k_key_word_bytes));
  if (change.argument.empty() || change.argument == room.key_word) return false;
  room.key_word = change.argument;
  return true;
}

bool apply_limit(ChatRoom& room, ChatModeChange& change) {
  std::size_t limit = 0;
  const std::string& text = change.argument;
  if (change.set) std::from_chars(text.data(), text.data() + text.size(), limit);
  if (!change.set) change.argument.clear();
  if (change.set && limit == 0) return false;
  if (change.set) change.argument = std::to_string(limit);
  return std::exchange(room.limit, limit) != limit;
}

}  // namespace

ChatResult<std::vector<ChatHub::ModeRefusal>> ChatHub::change_modes(
    ChatUser& user, std::string_view name, std::span<const ChatModeChange> changes) {
  ChatRoom* const room = room_of(name);
  if (room == nullptr) return std::unexpected(ChatRefusal::no_such_room);
  const ChatMember* const self = room->find(user);
  if (self == nullptr) return std::unexpected(ChatRefusal::not_a_member);
  if (!self->is_op()) return std::unexpected(ChatRefusal::not_op);
  std::vector<ModeRefusal> refused;
  std::vector<ChatModeChange> done;
  for (ChatModeChange change : changes) {
    std::optional<ChatRefusal> refusal;
    if (apply(*room, user, change, refusal)) done.push_back(change);
    if (refusal) refused.push_back({.change = std::move(change), .why = *refusal});
  }
  if (done.empty()) return refused;
  ChatEvent event = event_of(ChatEvent::Kind::modes, user.source);
  event.room = room->name;
  event.changes = done;
  tell_room(*room, event, &user, false);
  user.echo(event);
  return refused;
}

// True: something is different now.
bool ChatHub::apply(ChatRoom& room, const ChatUser& by, ChatModeChange& change,
                    std::optional<ChatRefusal>& refusal) {
  switch (change.mode) {
    case ChatMode::ban: return apply_mask(room.bans, by, change, refusal);
    case ChatMode::ban_except: return apply_mask(room.ban_excepts, by, change, refusal);
    case ChatMode::invite_except: return apply_mask(room.invite_excepts, by, change, refusal);
    case ChatMode::invite_only: return apply_flag(room.invite_only, change);
    case ChatMode::moderated: return apply_flag(room.moderated, change);
    case ChatMode::no_outside: return apply_flag(room.no_outside, change);
    case ChatMode::secret: return apply_flag(room.secret, change);
    case ChatMode::topic_locked: return apply_flag(room.topic_locked, change);
    case ChatMode::key: return apply_key(room, change);
    case ChatMode::limit: return apply_limit(room, change);
    case ChatMode::op:
    case ChatMode::voice: return apply_rank(room, change, refusal);
  }
  return false;
}

bool ChatHub::apply_mask(std::vector<ChatMask>& masks, const ChatUser& by,
                         const ChatModeChange& change, std::optional<ChatRefusal>& refusal) const {
  const auto found = std::ranges::find(masks, change.argument, &ChatMask::mask);
  if (!change.set) {
    if (found == masks.end()) return false;
    masks.erase(found);
    return true;
  }
  if (change.argument.empty() || found != masks.end()) return false;
  if (masks.size() >= settings_->limits.list_entries) {
    refusal = ChatRefusal::list_full;
    return false;
  }
  masks.push_back({.mask = change.argument, .by = chat_mask_of(by), .at = wall_time()});
  return true;
}

bool ChatHub::apply_rank(ChatRoom& room, ChatModeChange& change,
                         std::optional<ChatRefusal>& refusal) {
  ChatUser* const other = find_user(change.argument);
  if (other == nullptr) {
    refusal = ChatRefusal::no_such_user;
    return false;
  }
  const ChatSeat* const seat = other->seat_in(room);
  if (seat == nullptr) {
    refusal = ChatRefusal::target_not_a_member;
    return false;
  }
  change.argument = other->source.name;
  const ChatRank rank = change.mode == ChatMode::op ? ChatRank::op : ChatRank::voice;
  const auto bit = static_cast<std::uint8_t>(rank);
  std::uint8_t& ranks = room.members[seat->index].ranks;
  const std::uint8_t former = ranks;
  ranks = static_cast<std::uint8_t>(change.set ? former | bit : former & ~bit);
  return ranks != former;
}

}  // namespace patchbay
