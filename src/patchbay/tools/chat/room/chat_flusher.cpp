#include "patchbay/tools/chat/room/chat_flusher.hpp"

#include <sys/uio.h>

#include <algorithm>
#include <array>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/write_some.hpp"

namespace patchbay {

namespace {

// From that many members on a room is large: who comes and goes there is told a little later.
constexpr std::size_t k_large_room = 200;
constexpr Duration k_lazy = 50ms;

// So many are written to before others have their turn: a millisecond or two.
constexpr std::size_t k_writes_a_turn = 256;

// More than a turn usually has for one client; the rest leaves by the next call.
constexpr std::size_t k_pieces = 32;

using Pieces = std::array<iovec, k_pieces>;

iovec piece_of(std::string_view bytes) {
  return {.iov_base = const_cast<char*>(bytes.data()), .iov_len = bytes.size()};
}

ChatMember& member_at(const ChatSeat& seat) { return seat.room->members[seat.index]; }

}  // namespace

Task<Result<>> ChatFlusher::run() {
  // A member function cannot be a group's body: it would not be given the group first.
  TaskGroup group(co_await current_scope());
  Task<Result<>> flushing = flush_for_ever(group);
  flushing.set_scope(group.scope());
  auto ended = co_await flushing;
  group.cancel();
  co_await group.join();
  co_return ended;
}

Task<Result<>> ChatFlusher::flush_for_ever(TaskGroup& group) {
  for (;;) {
    const auto woken = co_await dirty_.wait(Deadline(lazy_at_));
    if (!woken && woken.error().fault() != Fault::timed_out) co_return woken.error();
    dirty_.reset();
    if (Loop::current().now() >= lazy_at_) {
      for (ChatRoom* const room : lazy_rooms_) changed(*room, false);
      dirty_.reset();
      lazy_rooms_.clear();
      lazy_at_ = Instant::max();
    }
    flush(group);
    if (rooms_.empty()) continue;
    dirty_.set();
    if (const auto turn = co_await yield(); !turn) co_return turn.error();
  }
}

void ChatFlusher::changed(ChatRoom& room, bool can_wait) {
  if (can_wait && room.members.size() >= k_large_room && room.flush != ChatRoom::Flush::now) {
    if (room.flush == ChatRoom::Flush::none) {
      room.flush = ChatRoom::Flush::later;
      lazy_rooms_.push_back(&room);
      // The flusher sleeps with the limit it had: wake it, once.
      if (lazy_at_ == Instant::max()) dirty_.set();
      lazy_at_ = std::min(lazy_at_, Loop::current().now() + k_lazy);
    }
    return;
  }
  room.round.left = room.members.size();
  if (room.flush == ChatRoom::Flush::now) return;
  room.flush = ChatRoom::Flush::now;
  rooms_.push_back(&room);
  dirty_.set();
}

void ChatFlusher::changed(ChatUser& user) {
  if (user.outlet.is_dirty_) return;
  user.outlet.is_dirty_ = true;
  users_.push_back(&user);
  dirty_.set();
}

// Who was to be looked at may sit where the flusher has been: so it goes round once more.
void ChatFlusher::reseated(ChatRoom& room) {
  if (room.flush == ChatRoom::Flush::now) room.round.left = room.members.size();
}

void ChatFlusher::forget(const ChatRoom& room) {
  std::erase(rooms_, &room);
  std::erase(lazy_rooms_, &room);
}

void ChatFlusher::forget(const ChatUser& user) {
  if (user.outlet.is_dirty_) std::erase(users_, &user);
  if (user.outlet.drain_ != nullptr) std::erase(slow_, &user);
}

// One user's write may cut another, but not take it out of the hub: that is done by sessions, in
// their turn. So the lists stay as they are.
void ChatFlusher::flush(TaskGroup& group) {
  for (ChatUser* const user : users_) {
    user->outlet.is_dirty_ = false;
    write(group, *user);
  }
  users_.clear();
  std::erase_if(rooms_, [&](ChatRoom* room) { return flush_some(group, *room); });
  keep_within_total();
}

// Has each member what there is?
bool ChatFlusher::flush_some(TaskGroup& group, ChatRoom& room) {
  constexpr std::size_t ahead = 8;
  const std::size_t count = room.members.size();
  auto& [next, left] = room.round;
  left = std::min(left, count);
  for (std::size_t writes = 0; left > 0; --left, ++next) {
    if (writes == k_writes_a_turn) return false;
    if (next >= count) next = 0;
    // With many members each has left the caches by its next turn.
    if (next + ahead < count) __builtin_prefetch(room.members[next + ahead].user);
    const ChatMember& member = room.members[next];
    if (!member.log->is_behind(member.cursor)) continue;
    write(group, *member.user);
    ++writes;
  }
  room.flush = ChatRoom::Flush::none;
  return true;
}

void ChatFlusher::write(TaskGroup& group, ChatUser& user) {
  ChatOutlet& outlet = user.outlet;
  if (outlet.is_closed_) return;
  if (outlet.stream_ == nullptr) {
    if (outlet.more_ != nullptr) outlet.more_->set();
    return cut_if_far_behind(user);
  }
  if (outlet.drain_ != nullptr) return cut_if_far_behind(user);
  for (;;) {
    Pieces pieces;
    const std::size_t count = gather(user, pieces);
    if (count == 0) return;
    std::size_t wanted = 0;
    for (std::size_t i = 0; i < count; ++i) wanted += pieces[i].iov_len;
    const auto written = try_write_pieces(*outlet.stream_, std::span(pieces).first(count));
    ++counters_.writes;
    if (written && !*written) {
      outlet.is_closed_ = true;  // its reader finds out as well
      return;
    }
    const std::size_t taken = written ? **written : 0;
    counters_.bytes += taken;
    take_away(user, taken);
    if (taken < wanted) break;
  }
  group.spawn(&ChatFlusher::drain, this, &user);
}

Task<> ChatFlusher::drain(ChatUser* slow) {
  ChatDrain self(slow);
  slow->outlet.drain_ = &self;
  slow_.push_back(slow);
  Stream& stream = *slow->outlet.stream_;  // not touched once the user is gone
  while (self.user != nullptr) {
    Pieces pieces;
    const std::size_t count = gather(*self.user, pieces);
    if (count == 0) break;
    const auto written = co_await write_pieces(stream, std::span(pieces).first(count),
                                               Deadline::after(limits_.send_patience));
    if (self.user == nullptr) break;
    ++counters_.writes;
    if (!written) {
      if (written.error().fault() == Fault::timed_out) cut(*self.user, "Takes nothing it is sent");
      self.user->outlet.is_closed_ = true;
      break;
    }
    counters_.bytes += *written;
    take_away(*self.user, *written);
  }
  if (self.user != nullptr) {
    std::erase(slow_, self.user);
    self.user->outlet.drain_ = nullptr;
  }
  self.taken.set();
}

// The pieces of the outlet come first; they are all older than what lies behind a cursor.
std::size_t ChatFlusher::gather(ChatUser& user, std::span<iovec> into) {
  ChatOutlet& outlet = user.outlet;
  std::size_t count = 0;
  for (std::size_t i = outlet.first_; i < outlet.pieces_.size() && count < into.size(); ++i) {
    into[count++] = piece_of(outlet.pieces_[i].text());
  }
  for (const ChatSeat& seat : user.seats) {
    if (count == into.size()) break;
    const std::string_view next = ChatLog::next(member_at(seat).cursor);
    if (!next.empty()) into[count++] = piece_of(next);
  }
  return count;
}

// The first so many bytes of what gather() found have been sent. A room's line of which a part has
// left goes before everything else next time.
void ChatFlusher::take_away(ChatUser& user, std::size_t bytes) {
  ChatOutlet& outlet = user.outlet;
  while (bytes > 0 && outlet.first_ < outlet.pieces_.size()) {
    ChatPiece& piece = outlet.pieces_[outlet.first_];
    const std::size_t part = std::min(bytes, piece.size());
    piece.from += static_cast<std::uint32_t>(part);
    outlet.waiting_bytes_ -= part;
    bytes -= part;
    if (piece.from < piece.to) return;
    piece = {};
    ++outlet.first_;
  }
  if (outlet.first_ == outlet.pieces_.size()) {
    // An idle client keeps no memory for this.
    if (outlet.pieces_.capacity() > 0) std::vector<ChatPiece>().swap(outlet.pieces_);
    outlet.first_ = 0;
  }
  for (const ChatSeat& seat : user.seats) {
    if (bytes == 0) return;
    ChatMember& member = member_at(seat);
    const std::size_t there = ChatLog::next(member.cursor).size();
    const std::size_t part = std::min(bytes, there);
    ChatLog::advance(member.cursor, part);
    bytes -= part;
    if (part > 0 && part < there) return settle(user, member);
  }
}

void ChatFlusher::settle(ChatUser& user) {
  for (const ChatSeat& seat : user.seats) settle(user, member_at(seat));
}

void ChatFlusher::settle(ChatUser& user, ChatMember& member) {
  while (member.log->is_behind(member.cursor)) {
    const std::size_t there = ChatLog::next(member.cursor).size();
    const ChatCursor& at = member.cursor;
    const auto end = static_cast<std::uint32_t>(at.offset + there);
    user.outlet.add({.chunk = at.chunk, .from = at.offset, .to = end});
    ChatLog::advance(member.cursor, there);
  }
}

std::size_t ChatFlusher::waiting_bytes(const ChatUser& user) {
  std::size_t sum = user.outlet.waiting_bytes_;
  for (const ChatSeat& seat : user.seats) {
    const ChatMember& member = member_at(seat);
    sum += member.log->behind(member.cursor);
  }
  return sum;
}

Task<> ChatFlusher::until_taken(ChatUser& user) {
  if (user.outlet.drain_ != nullptr) (void)co_await user.outlet.drain_->taken.wait();
}

void ChatFlusher::expect(ChatUser& user, Event* more) {
  user.outlet.more_ = more;
  if (more != nullptr && waiting_bytes(user) > 0) more->set();
}

std::string ChatFlusher::take(ChatUser& user, std::size_t most_bytes) {
  std::string taken;
  while (taken.size() < most_bytes) {
    Pieces pieces;
    const std::size_t count = gather(user, pieces);
    if (count == 0) break;
    std::size_t sum = 0;
    for (const iovec& piece : std::span(pieces).first(count)) {
      taken.append(static_cast<const char*>(piece.iov_base), piece.iov_len);
      sum += piece.iov_len;
    }
    take_away(user, sum);
  }
  return taken;
}

void ChatFlusher::cut_if_far_behind(ChatUser& user) {
  if (waiting_bytes(user) > limits_.hard_send_bytes) cut(user, "Reads too slowly");
}

void ChatFlusher::cut(ChatUser& user, std::string_view why) {
  if (user.outlet.is_closed_) return;
  user.outlet.is_closed_ = true;
  ++counters_.cut;
  user.cut(why);
}

// What all have waiting, shared bytes counted once, has a limit as well: then those go first who
// are furthest behind.
void ChatFlusher::keep_within_total() {
  while (ChatChunk::all_bytes() > limits_.total_send_bytes && !slow_.empty()) {
    const auto further = [](const ChatUser* a, const ChatUser* b) {
      return waiting_bytes(*a) < waiting_bytes(*b);
    };
    ChatUser* const furthest = *std::max_element(slow_.begin(), slow_.end(), further);
    if (furthest->outlet.is_closed_) return;  // its bytes are free when its session has ended
    cut(*furthest, "Reads too slowly");
  }
}

}  // namespace patchbay
