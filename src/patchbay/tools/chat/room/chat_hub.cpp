// Users: who is here, by which name, and who hears what becomes of them.
#include "patchbay/tools/chat/room/chat_hub.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>

#include "patchbay/net/loop.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_departures = 500;

}  // namespace

ChatHub::ChatHub(std::shared_ptr<const ChatSettings> settings, ChatHistory* history,
                 const ChatReservedNames* names)
    : settings_(std::move(settings)),
      history_(history),
      names_(names),
      flusher_(settings_->limits),
      self_{.name = settings_->server_name, .user = {}, .host = {}, .account = {}} {
  remember(settings_->lobby, {});
  for (const std::string& name : settings_->lasting_rooms) remember(name, {});
}

ChatHub::~ChatHub() { assert(users_.empty()); }

void ChatHub::exchange_settings(std::shared_ptr<const ChatSettings> settings) {
  settings_ = std::move(settings);
  flusher_.set_limits(settings_->limits);
  self_.name = settings_->server_name;
  for (const auto& [key, room] : rooms_) room->is_lasting = false;
  const auto lasts = [&](std::string_view name) {
    const std::string key = fold_chat_name(name);
    const auto found = rooms_.find(key);
    (found == rooms_.end() ? make_room(name, key) : *found->second).is_lasting = true;
  };
  lasts(settings_->lobby);
  for (const std::string& name : settings_->lasting_rooms) lasts(name);
  std::vector<ChatRoom*> all;
  for (const auto& [key, room] : rooms_) all.push_back(room.get());
  for (ChatRoom* const room : all) forget_if_empty(*room);
}

void ChatHub::send(ChatUser& user, std::string_view text) {
  if (text.empty()) return;
  ChatFlusher::settle(user);
  user.outlet.add(text);
  flusher_.changed(user);
}

bool ChatHub::outruns_history(const ChatUser& user) const {
  return history_ != nullptr && user.spoke_at == Loop::current().now() && history_->is_behind();
}

// --- names ---

ChatUser* ChatHub::find_user(std::string_view name) const {
  const auto found = users_.find(fold_chat_name(name));
  return found == users_.end() ? nullptr : found->second;
}

bool ChatHub::may_have(const ChatUser& user, const std::string& folded) const {
  if (names_ == nullptr) return true;
  const std::string owner = names_->account_of(folded);
  return owner.empty() || owner == fold_chat_name(user.source.account);
}

ChatResult<void> ChatHub::check_name(const ChatUser& user, std::string_view name,
                                     const std::string& folded) const {
  if (why_no_user_name(name, settings_->limits.name_length) != nullptr) {
    return std::unexpected(ChatRefusal::name_wrong);
  }
  const auto holder = users_.find(folded);
  if (holder != users_.end() && holder->second != &user) {
    return std::unexpected(ChatRefusal::name_in_use);
  }
  if (!may_have(user, folded)) return std::unexpected(ChatRefusal::name_reserved);
  return {};
}

ChatResult<void> ChatHub::enter(ChatUser& user, std::string_view name) {
  std::string folded = fold_chat_name(name);
  if (const auto fits = check_name(user, name, folded); !fits) return fits;
  user.source.name = name;
  user.folded = std::move(folded);
  user.spoke_at = Loop::current().now();
  users_.emplace(user.folded, &user);
  counters_.most_users = std::max(counters_.most_users, users_.size());
  tell_watchers(user.folded, ChatEvent::Kind::appeared, user.source);
  return {};
}

ChatResult<void> ChatHub::rename(ChatUser& user, std::string_view name) {
  std::string folded = fold_chat_name(name);
  if (const auto fits = check_name(user, name, folded); !fits) return fits;
  if (name == user.source.name) return {};
  for (const ChatSeat& seat : user.seats) {
    // Another name would be one that no ban knows.
    if (!may_speak(user, *seat.room)) return std::unexpected(ChatRefusal::name_held);
  }
  ChatEvent event = event_of(ChatEvent::Kind::renamed, user.source);
  event.text = name;
  tell_neighbours(user, event, false);
  user.echo(event);
  const std::string former = std::exchange(user.folded, std::move(folded));
  if (former != user.folded) {
    note_departure(user);
    users_.erase(former);
    users_.emplace(user.folded, &user);
    tell_watchers(former, ChatEvent::Kind::vanished, user.source);
  }
  user.source.name = name;
  if (former != user.folded) {
    tell_watchers(user.folded, ChatEvent::Kind::appeared, user.source);
  }
  return {};
}

std::string ChatHub::free_name(const ChatUser& user, std::string_view wanted) const {
  std::string name(wanted);
  for (int suffix = 2; !check_name(user, name, fold_chat_name(name)); ++suffix) {
    const std::string end = fmt::format("_{}", suffix);
    // The length counts characters, and a cut within one leaves a name that is none.
    std::string_view front = wanted;
    while (!front.empty() &&
           why_no_user_name(fmt::format("{}{}", front, end), settings_->limits.name_length)) {
      front.remove_suffix(1);
    }
    // Nothing of it can be used: whoever comes so is a user with a number.
    name = front.empty() ? fmt::format("User{}", end) : fmt::format("{}{}", front, end);
    if (suffix > 1'000'000) break;
  }
  return name;
}

void ChatHub::leave(ChatUser& user, std::string_view reason) {
  flusher_.forget(user);
  if (!user.has_entered()) return;
  ChatEvent event = event_of(ChatEvent::Kind::quit, user.source);
  event.text = reason;
  tell_neighbours(user, event, true);
  note_departure(user);
  while (!user.seats.empty()) {
    ChatRoom& room = *user.seats.back().room;
    unseat(user, room);
    forget_if_empty(room);
  }
  flusher_.forget(user);
  unwatch_all(user);
  users_.erase(user.folded);
  tell_watchers(user.folded, ChatEvent::Kind::vanished, user.source);
  user.folded.clear();
}

void ChatHub::note_departure(const ChatUser& user) {
  if (departures_.size() == k_most_departures) departures_.pop_back();
  departures_.push_front({.folded = fold_chat_name(user.source.name),
                          .source = user.source,
                          .real_name = user.real_name,
                          .at = wall_time()});
}

// --- what becomes of a user ---

void ChatHub::set_away(ChatUser& user, std::string_view why) {
  if (user.away == why) return;
  user.away = why;
  ChatEvent event = event_of(ChatEvent::Kind::away, user.source);
  event.text = user.away;
  tell_neighbours(user, event, true);
}

void ChatHub::set_account(ChatUser& user, std::string_view account) {
  if (user.source.account == account) return;
  user.source.account = account;
  if (!user.has_entered()) return;
  const ChatEvent event = event_of(ChatEvent::Kind::account, user.source);
  tell_neighbours(user, event, false);
  user.echo(event);
}

void ChatHub::set_host(ChatUser& user, std::string_view user_part, std::string_view host) {
  const std::string both = fmt::format("{} {}", user_part, host);
  if (user.has_entered()) {
    ChatEvent event = event_of(ChatEvent::Kind::host, user.source);
    event.text = both;
    tell_neighbours(user, event, false);
    user.echo(event);
  }
  user.source.user = user_part;
  user.source.host = host;
}

void ChatHub::set_real_name(ChatUser& user, std::string_view real_name) {
  user.real_name = real_name;
  if (!user.has_entered()) return;
  ChatEvent event = event_of(ChatEvent::Kind::real_name, user.source);
  event.text = user.real_name;
  tell_neighbours(user, event, false);
  user.echo(event);
}

void ChatHub::set_variant(ChatUser& user, ChatVariant variant) {
  if (user.variant == variant) return;
  ChatFlusher::settle(user);
  for (const ChatSeat& seat : user.seats) leave_log(*seat.room, seat.room->members[seat.index]);
  user.variant = variant;
  for (const ChatSeat& seat : user.seats) enter_log(*seat.room, seat.room->members[seat.index]);
}

// --- who watches whom ---

bool ChatHub::watch(ChatUser& user, std::string_view name) {
  std::string folded = fold_chat_name(name);
  if (std::ranges::find(user.watched, folded) != user.watched.end()) return true;
  if (user.watched.size() >= settings_->limits.watches) return false;
  watchers_[folded].push_back(&user);
  user.watched.push_back(std::move(folded));
  return true;
}

void ChatHub::unwatch(ChatUser& user, std::string_view name) {
  const std::string folded = fold_chat_name(name);
  if (std::erase(user.watched, folded) == 0) return;
  const auto found = watchers_.find(folded);
  std::erase(found->second, &user);
  if (found->second.empty()) watchers_.erase(found);
}

void ChatHub::unwatch_all(ChatUser& user) {
  for (const std::string& folded : std::exchange(user.watched, {})) {
    const auto found = watchers_.find(folded);
    std::erase(found->second, &user);
    if (found->second.empty()) watchers_.erase(found);
  }
}

void ChatHub::tell_watchers(const std::string& folded, ChatEvent::Kind kind,
                            const ChatSource& source) {
  const auto found = watchers_.find(folded);
  if (found == watchers_.end()) return;
  const ChatEvent event = event_of(kind, source);
  for (ChatUser* const user : found->second) user->hear(event);
}

// --- events ---

WallTime ChatHub::wall_time() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(Loop::current().wall_clock());
}

// Microseconds since 1970, or one more than the last where that is not more: so they rise over
// restarts as well.
std::uint64_t ChatHub::next_id(WallTime at) {
  const auto now =
      static_cast<std::uint64_t>(std::max<std::int64_t>(at.time_since_epoch().count(), 0));
  last_id_ = std::max(last_id_ + 1, now);
  return last_id_;
}

ChatEvent ChatHub::event_of(ChatEvent::Kind kind, const ChatSource& from) {
  const WallTime at = wall_time();
  return {.kind = kind, .from = from, .id = next_id(at), .at = at};
}

void ChatHub::announce(std::string_view text) {
  ChatMessage message;
  message.at = wall_time();
  message.id = next_id(message.at);
  message.tone = ChatTone::notice;
  message.from = self_;
  message.to = "*";
  message.text = text;
  const ChatEvent event{.kind = ChatEvent::Kind::said,
                        .from = self_,
                        .id = message.id,
                        .at = message.at,
                        .message = &message};
  for (const auto& [folded, user] : users_) user->hear(event);
}

// In one room it is said once for all; in several each neighbour hears it once, though it may
// share more than one of them.
void ChatHub::tell_neighbours(ChatUser& user, const ChatEvent& event, bool can_wait) {
  if (user.seats.empty()) return;
  if (user.seats.size() == 1) return tell_room(*user.seats[0].room, event, &user, can_wait);
  ++walk_;
  user.visited_ = walk_;
  std::vector<std::pair<ChatVariant, ChatPiece>> made;
  for (const ChatSeat& seat : user.seats) {
    for (const ChatMember& member : seat.room->members) {
      ChatUser& neighbour = *member.user;
      if (std::exchange(neighbour.visited_, walk_) == walk_) continue;
      auto found =
          std::ranges::find(made, neighbour.variant, &std::pair<ChatVariant, ChatPiece>::first);
      if (found == made.end()) {
        made.push_back({neighbour.variant, render_piece(event, neighbour.variant)});
        found = made.end() - 1;
      }
      if (found->second.size() == 0) continue;
      ChatFlusher::settle(neighbour);
      neighbour.outlet.add(found->second);
      flusher_.changed(neighbour);
    }
  }
}

ChatPiece ChatHub::render_piece(const ChatEvent& event, const ChatVariant& variant) {
  scratch_.clear();
  variant.face->render(event, variant.bits, scratch_);
  ChatChunkRef chunk(ChatChunk::make(scratch_.size()));
  chunk->append(scratch_);
  const std::uint32_t end = chunk->used();
  return {.chunk = std::move(chunk), .from = 0, .to = end};
}

}  // namespace patchbay
