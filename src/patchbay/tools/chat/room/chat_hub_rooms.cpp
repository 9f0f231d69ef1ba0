// Rooms: who may come in, who is told of it, and what is said there.
#include <algorithm>
#include <utility>

#include "patchbay/net/loop.hpp"
#include "patchbay/tools/chat/room/chat_hub.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"

namespace patchbay {

namespace {

constexpr auto k_op = static_cast<std::uint8_t>(ChatRank::op);

// A chunk of a room's log for so many members: large pieces for many, little memory for few.
std::size_t chunk_bytes_for(std::size_t members) {
  return std::clamp<std::size_t>(members * 16, 1024, 32 * 1024);
}

std::unexpected<ChatRefusal> refuse(ChatRefusal why) { return std::unexpected(why); }

}  // namespace

ChatRoom* ChatHub::room_of(std::string_view name) const {
  const auto found = rooms_.find(fold_chat_name(name));
  return found == rooms_.end() ? nullptr : found->second.get();
}

const ChatRoom* ChatHub::find_room(std::string_view name) const { return room_of(name); }

void ChatHub::remember(std::string_view name, ChatRoomPast past) {
  std::string key = fold_chat_name(name);
  const auto is_key = [&](std::string_view lasting) { return fold_chat_name(lasting) == key; };
  const bool lasts =
      is_key(settings_->lobby) || std::ranges::any_of(settings_->lasting_rooms, is_key);
  for (const SharedChatMessage& message : past.recent) {
    last_id_ = std::max(last_id_, message->id);
  }
  if (!lasts) {
    past_.insert_or_assign(std::move(key), std::move(past));
    return;
  }
  past_.insert_or_assign(key, std::move(past));
  if (const auto old = rooms_.find(key); old != rooms_.end()) rooms_.erase(old);
  make_room(name, key).is_lasting = true;
}

ChatRoom& ChatHub::make_room(std::string_view name, const std::string& key) {
  auto room = std::make_unique<ChatRoom>();
  room->name = name;
  room->key = key;
  room->created = wall_time();
  if (auto past = past_.extract(key); !past.empty()) {
    ChatRoomPast& known = past.mapped();
    room->last_sequence = known.last_sequence;
    room->topic = std::move(known.topic);
    room->recent.assign(known.recent.begin(), known.recent.end());
  }
  return *rooms_.emplace(key, std::move(room)).first->second;
}

// What was said there is not forgotten with it, nor are its numbers.
void ChatHub::forget_if_empty(ChatRoom& room) {
  if (!room.members.empty() || room.is_lasting) return;
  flusher_.forget(room);
  if (room.last_sequence > 0 || !room.topic.text.empty()) {
    ChatRoomPast& past = past_[room.key];
    past.last_sequence = room.last_sequence;
    past.topic = std::move(room.topic);
    past.recent.assign(room.recent.begin(), room.recent.end());
  }
  rooms_.erase(room.key);
}

// --- coming and going ---

ChatResult<ChatRoom*> ChatHub::room_to_join(std::string_view name) {
  if (ChatRoom* const room = room_of(name)) return room;
  const ChatLimits& limits = settings_->limits;
  if (why_no_room_name(name, limits.room_length) != nullptr) {
    return refuse(ChatRefusal::room_name_wrong);
  }
  const std::string key = fold_chat_name(name);
  const std::size_t known = rooms_.size() + past_.size();
  if (known >= limits.rooms && !past_.contains(key)) {
    return refuse(ChatRefusal::too_many_rooms_here);
  }
  return &make_room(name, key);
}

ChatResult<void> ChatHub::may_join(const ChatUser& user, const ChatRoom& room,
                                   std::string_view key_word) const {
  if (user.seats.size() >= settings_->limits.rooms_per_user) {
    return refuse(ChatRefusal::too_many_rooms);
  }
  const bool is_invited = std::ranges::find(user.invited, room.key) != user.invited.end();
  if (is_invited) return {};
  if (!room.key_word.empty() && room.key_word != key_word) return refuse(ChatRefusal::wrong_key);
  if (room.limit > 0 && room.members.size() >= room.limit) return refuse(ChatRefusal::room_full);
  if (room.bans_user(user)) return refuse(ChatRefusal::banned);
  if (room.invite_only && !chat_masks_have(room.invite_excepts, user)) {
    return refuse(ChatRefusal::invite_only);
  }
  return {};
}

ChatResult<const ChatRoom*> ChatHub::join(ChatUser& user, std::string_view name,
                                          std::string_view key_word) {
  const auto found = room_to_join(name);
  if (!found) return refuse(found.error());
  ChatRoom& room = **found;
  if (room.find(user) != nullptr) return refuse(ChatRefusal::already_a_member);
  const bool is_new = room.members.empty() && !room.is_lasting;
  if (const auto allowed = may_join(user, room, key_word); !allowed) {
    forget_if_empty(room);
    return refuse(allowed.error());
  }
  std::erase(user.invited, room.key);
  ChatEvent event = event_of(ChatEvent::Kind::joined, user.source);
  event.room = room.name;
  event.text = user.real_name;
  // Whoever comes hears the room from here on; of its own coming it is told by its face.
  tell_room(room, event, nullptr, true);
  seat(user, room, is_new ? k_op : 0);
  user.echo(event);
  if (!user.away.empty()) {
    ChatEvent away = event_of(ChatEvent::Kind::away, user.source);
    away.text = user.away;
    tell_room(room, away, &user, true);
  }
  return &room;
}

ChatResult<void> ChatHub::part(ChatUser& user, std::string_view name, std::string_view why) {
  ChatRoom* const room = room_of(name);
  if (room == nullptr) return refuse(ChatRefusal::no_such_room);
  if (room->find(user) == nullptr) return refuse(ChatRefusal::not_a_member);
  ChatEvent event = event_of(ChatEvent::Kind::parted, user.source);
  event.room = room->name;
  event.text = why;
  tell_room(*room, event, &user, true);
  unseat(user, *room);
  user.echo(event);
  forget_if_empty(*room);
  return {};
}

ChatResult<void> ChatHub::kick(ChatUser& user, std::string_view name, std::string_view target,
                               std::string_view why) {
  ChatRoom* const room = room_of(name);
  if (room == nullptr) return refuse(ChatRefusal::no_such_room);
  const ChatMember* const self = room->find(user);
  if (self == nullptr) return refuse(ChatRefusal::not_a_member);
  if (!self->is_op()) return refuse(ChatRefusal::not_op);
  ChatUser* const other = find_user(target);
  if (other == nullptr) return refuse(ChatRefusal::no_such_user);
  if (room->find(*other) == nullptr) return refuse(ChatRefusal::target_not_a_member);
  ChatEvent event = event_of(ChatEvent::Kind::kicked, user.source);
  event.room = room->name;
  event.target = other->source.name;
  event.text = why;
  tell_room(*room, event, &user, false);
  unseat(*other, *room);
  user.echo(event);
  forget_if_empty(*room);
  return {};
}

ChatResult<void> ChatHub::invite(ChatUser& user, std::string_view name, std::string_view target) {
  ChatUser* const guest = find_user(target);
  if (guest == nullptr) return refuse(ChatRefusal::no_such_user);
  ChatRoom* const room = room_of(name);
  if (room == nullptr) return refuse(ChatRefusal::no_such_room);
  const ChatMember* const self = room->find(user);
  if (self == nullptr) return refuse(ChatRefusal::not_a_member);
  if (room->find(*guest) != nullptr) return refuse(ChatRefusal::already_a_member);
  if (room->invite_only && !self->is_op()) return refuse(ChatRefusal::not_op);
  if (std::ranges::find(guest->invited, room->key) == guest->invited.end()) {
    // Whoever is invited to more rooms than that keeps the latest invitations.
    if (guest->invited.size() >= settings_->limits.rooms_per_user) {
      guest->invited.erase(guest->invited.begin());
    }
    guest->invited.push_back(room->key);
  }
  ChatEvent event = event_of(ChatEvent::Kind::invited, user.source);
  event.room = room->name;
  event.target = guest->source.name;
  guest->hear(event);
  event.kind = ChatEvent::Kind::invitation;
  tell_ranks(*room, event, user, k_op);
  return {};
}

ChatResult<void> ChatHub::set_topic(ChatUser& user, std::string_view name, std::string_view topic) {
  ChatRoom* const room = room_of(name);
  if (room == nullptr) return refuse(ChatRefusal::no_such_room);
  const ChatMember* const self = room->find(user);
  if (self == nullptr) return refuse(ChatRefusal::not_a_member);
  if (room->topic_locked && !self->is_op()) return refuse(ChatRefusal::not_op);
  ChatEvent event = event_of(ChatEvent::Kind::topic, user.source);
  room->topic = {.text = std::string(topic), .by = chat_mask_of(user), .at = event.at};
  event.room = room->name;
  event.text = room->topic.text;
  if (history_ != nullptr) history_->keep_topic(room->key, room->name, room->topic);
  tell_room(*room, event, &user, false);
  user.echo(event);
  return {};
}

// --- members ---

void ChatHub::enter_log(ChatRoom& room, ChatMember& member) {
  const ChatVariant& variant = member.user->variant;
  auto found = std::ranges::find(room.logs, variant, &ChatRoomLog::variant);
  if (found == room.logs.end()) {
    const std::size_t bytes = chunk_bytes_for(room.members.size());
    room.logs.push_back({.variant = variant, .log = std::make_unique<ChatLog>(bytes)});
    found = room.logs.end() - 1;
  }
  ++found->members;
  found->log->set_chunk_bytes(chunk_bytes_for(room.members.size()));
  member.log = found->log.get();
  member.cursor = found->log->end();
}

void ChatHub::leave_log(ChatRoom& room, ChatMember& member) {
  const auto found = std::ranges::find(room.logs, member.user->variant, &ChatRoomLog::variant);
  member.log = nullptr;
  member.cursor = {};
  if (--found->members == 0) room.logs.erase(found);
}

void ChatHub::seat(ChatUser& user, ChatRoom& room, std::uint8_t ranks) {
  user.seats.push_back({.room = &room, .index = static_cast<std::uint32_t>(room.members.size())});
  room.members.push_back({.user = &user, .ranks = ranks});
  enter_log(room, room.members.back());
  flusher_.reseated(room);
}

// What the room has said until now is still sent. The last member takes the free place.
void ChatHub::unseat(ChatUser& user, ChatRoom& room) {
  const auto seat = std::ranges::find(user.seats, &room, &ChatSeat::room);
  const std::uint32_t index = seat->index;
  ChatMember& member = room.members[index];
  ChatFlusher::settle(user);
  flusher_.changed(user);
  leave_log(room, member);
  user.seats.erase(seat);
  if (index + 1 != room.members.size()) {
    member = std::move(room.members.back());
    std::ranges::find(member.user->seats, &room, &ChatSeat::room)->index = index;
  }
  room.members.pop_back();
  flusher_.reseated(room);
}

// --- what is said ---

std::string ChatHub::private_key(const ChatUser& a, const ChatUser& b) {
  return private_key(a.source.account, b.source.account);
}

std::string ChatHub::private_key(std::string_view a, std::string_view b) {
  if (a.empty() || b.empty()) return {};
  std::string one = fold_chat_name(a);
  std::string two = fold_chat_name(b);
  if (two < one) std::swap(one, two);
  return one + ' ' + two;
}

ChatResult<void> ChatHub::may_speak(const ChatUser& user, const ChatRoom& room) const {
  const ChatMember* const member = room.find(user);
  if (member == nullptr && room.no_outside) return refuse(ChatRefusal::not_heard);
  if (member != nullptr && member->ranks != 0) return {};
  if (room.moderated || room.bans_user(user)) return refuse(ChatRefusal::not_heard);
  return {};
}

ChatResult<SharedChatMessage> ChatHub::say(ChatUser& user, std::string_view to, ChatTone tone,
                                           std::string_view text, std::string_view tags,
                                           std::uint8_t to_ranks) {
  if (text.empty() && tone != ChatTone::tags) return refuse(ChatRefusal::text_wrong);
  ChatRoom* const room = room_of(to);
  ChatUser* const other = room == nullptr ? find_user(to) : nullptr;
  if (room == nullptr && other == nullptr) {
    return refuse(to.starts_with('#') ? ChatRefusal::no_such_room : ChatRefusal::no_such_user);
  }
  if (room != nullptr) {
    if (const auto allowed = may_speak(user, *room); !allowed) return refuse(allowed.error());
  }
  user.spoke_at = Loop::current().now();

  auto message = std::make_shared<ChatMessage>();
  message->at = wall_time();
  message->id = next_id(message->at);
  message->to = room != nullptr ? room->name : other->source.name;
  if (room != nullptr) message->to_ranks = to_ranks;
  message->tone = tone;
  message->from = user.source;
  message->text = text;
  message->tags = tags;
  const bool is_kept = tone != ChatTone::tags && to_ranks == 0;
  if (is_kept && room != nullptr) {
    message->key = room->key;
    message->sequence = ++room->last_sequence;
  } else if (is_kept) {
    message->key = private_key(user, *other);
  }
  ChatEvent event{.kind = ChatEvent::Kind::said,
                  .from = message->from,
                  .id = message->id,
                  .at = message->at,
                  .room = room != nullptr ? std::string_view(room->name) : std::string_view(),
                  .message = message.get()};
  if (room == nullptr) {
    if (other != &user) other->hear(event);
  } else if (to_ranks != 0) {
    tell_ranks(*room, event, user, to_ranks);
  } else {
    tell_room(*room, event, &user, false);
  }
  user.echo(event);
  ++counters_.messages;
  if (is_kept && room != nullptr) {
    room->recent.push_back(message);
    if (room->recent.size() > settings_->history.in_memory) room->recent.pop_front();
  }
  if (history_ != nullptr && !message->key.empty()) history_->keep(message);
  return message;
}

// Rendered once for each variant that somebody in the room has. The actor's own place in the log
// moves past it: its face has told it, or has not, by echo().
void ChatHub::tell_room(ChatRoom& room, const ChatEvent& event, ChatUser* actor, bool can_wait) {
  ChatMember* self = nullptr;
  if (actor != nullptr) {
    const ChatSeat* const seat = actor->seat_in(room);
    if (seat != nullptr) self = &room.members[seat->index];
  }
  if (self != nullptr && self->log->is_behind(self->cursor)) {
    ChatFlusher::settle(*actor);
    flusher_.changed(*actor);
  }
  bool is_told = false;
  for (const ChatRoomLog& each : room.logs) {
    scratch_.clear();
    each.variant.face->render(event, each.variant.bits, scratch_);
    if (scratch_.empty()) continue;
    each.log->append(scratch_);
    is_told = true;
  }
  if (self != nullptr) self->cursor = self->log->end();
  if (is_told) flusher_.changed(room, can_wait);
}

// Members with one of these ranks alone: few, each by itself.
void ChatHub::tell_ranks(ChatRoom& room, const ChatEvent& event, const ChatUser& actor,
                         std::uint8_t ranks) {
  for (const ChatMember& member : room.members) {
    if (member.user != &actor && (member.ranks & ranks) != 0) member.user->hear(event);
  }
}

}  // namespace patchbay
