#include "patchbay/tools/chat_client/chat_model.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/number.hpp"
#include "patchbay/tools/chat_client/chat_wish.hpp"

namespace patchbay::chat_client {

namespace {

using Kind = ChatEvent::Kind;

std::string because(const std::string& why) {
  return why.empty() ? std::string() : fmt::format(" ({})", why);
}

// A letter, a digit, or a part of a character that is not ASCII: it goes on with a word.
bool goes_on(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || decimal::is_digit(c) || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

bool has_word(std::string_view text, std::string_view word) {
  if (word.empty()) return false;
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || !goes_on(text[at - 1])) && (end == text.size() || !goes_on(text[end]))) {
      return true;
    }
  }
  return false;
}

}  // namespace

std::string fold_name(std::string_view name) { return in_ascii_lower(name); }

std::string happening_text(const ChatEvent& event) {
  switch (event.kind) {
    case Kind::joined: return fmt::format("{} has come", event.from);
    case Kind::parted: return fmt::format("{} has left{}", event.from, because(event.text));
    case Kind::quit: return fmt::format("{} has gone{}", event.from, because(event.text));
    case Kind::kicked:
      return fmt::format("{} was sent away by {}{}", event.target, event.from, because(event.text));
    case Kind::renamed: return fmt::format("{} is now {}", event.from, event.target);
    case Kind::topic:
      if (event.from.empty()) return fmt::format("topic: {}", event.text);
      return event.text.empty() ? fmt::format("{} has removed the topic", event.from)
                                : fmt::format("{} has set the topic: {}", event.from, event.text);
    default: return {};
  }
}

ChatModel::ChatModel(ChatModelLimits limits) : limits_(limits) {
  rooms_.push_back(std::make_unique<ChatRoom>(std::string(), limits_.lines));
}

bool ChatModel::is_own(std::string_view name) const {
  return !own_name_.empty() && equal_ignoring_case(name, own_name_);
}

ChatRoom* ChatModel::find(std::string_view name) {
  const auto found = std::ranges::find_if(
      rooms_, [name](const auto& room) { return equal_ignoring_case(room->name, name); });
  return found == rooms_.end() ? nullptr : found->get();
}

const ChatRoom* ChatModel::find(std::string_view name) const {
  return const_cast<ChatModel*>(this)->find(name);
}

ChatRoom& ChatModel::room_for(std::string_view name) {
  if (ChatRoom* const room = find(name)) return *room;
  if (rooms_.size() > limits_.rooms) return *rooms_.front();
  return *rooms_.emplace_back(std::make_unique<ChatRoom>(std::string(name), limits_.lines));
}

void ChatModel::select(std::size_t index) {
  current_ = std::min(index, rooms_.size() - 1);
  current().unread = 0;
  current().mentions = 0;
}

bool ChatModel::open(std::string_view name) {
  const ChatRoom& room = room_for(name);
  const auto place =
      std::ranges::find_if(rooms_, [&room](const auto& one) { return one.get() == &room; });
  select(static_cast<std::size_t>(place - rooms_.begin()));
  return equal_ignoring_case(room.name, name);
}

void ChatModel::close_current() {
  if (current_ == 0) return;
  rooms_.erase(rooms_.begin() + static_cast<std::ptrdiff_t>(current_));
  select(current_ - 1);
}

void ChatModel::disconnect() {
  for (const auto& room : rooms_) {
    room->members.clear();
    room->joined = false;
  }
}

bool ChatModel::mentions_me(const ChatLine& line) const {
  return !line.own && has_word(in_ascii_lower(line.text), fold_name(own_name_));
}

void ChatModel::add(ChatRoom& room, ChatLine line) {
  const bool said = line.kind == ChatLine::Kind::message || line.kind == ChatLine::Kind::action ||
                    line.kind == ChatLine::Kind::notice;
  if (said) line.mentions = mentions_me(line);
  const bool is_private = !room.name.empty() && !is_room_name(room.name);
  const bool counts = said && !line.own && &room != &current();
  const bool calls = counts && (line.mentions || is_private);
  if (!room.scrollback.add(std::move(line))) return;
  if (counts) ++room.unread;
  if (calls) ++room.mentions;
  // Whoever reads what was said before goes on reading it.
  if (room.below > 0 && room.below + 1 < room.scrollback.lines().size()) ++room.below;
}

void ChatModel::add_happening(ChatRoom& room, const ChatEvent& event, std::string text) {
  add(room, {.kind = ChatLine::Kind::happening, .at = event.at, .text = std::move(text)});
}

void ChatModel::tell(ChatLine::Kind kind, std::string text, WallTime at) {
  add(current(), {.kind = kind, .at = at, .text = std::move(text)});
}

void ChatModel::take(const ChatEvent& event) {
  switch (event.kind) {
    case Kind::welcomed: own_name_ = event.from; break;
    case Kind::said: add(room_for(event.room), event.line); break;
    case Kind::joined: take_joined(event); break;
    case Kind::parted: take_left(event, event.from, happening_text(event)); break;
    case Kind::kicked: take_left(event, event.target, happening_text(event)); break;
    case Kind::quit: take_quit(event); break;
    case Kind::renamed: take_renamed(event); break;
    case Kind::topic: take_topic(event); break;
    case Kind::members: take_members(event); break;
    case Kind::ranked: take_ranked(event); break;
    case Kind::history: take_history(event); break;
    case Kind::word:
    case Kind::refused: {
      ChatRoom* const room = event.room.empty() ? nullptr : find(event.room);
      add(room == nullptr ? *rooms_.front() : *room,
          {.kind = event.kind == Kind::word ? ChatLine::Kind::word : ChatLine::Kind::refusal,
           .at = event.at,
           .from = event.from,
           .text = event.text});
      break;
    }
    case Kind::fenced: break;
  }
}

void ChatModel::take_joined(const ChatEvent& event) {
  const bool is_new = find(event.room) == nullptr;
  ChatRoom& room = room_for(event.room);
  if (is_own(event.from)) {
    room.joined = true;
    room.members.clear();
    // One that is entered again, after a lost connection, takes nobody away from where he is.
    if (is_new) open(event.room);
  }
  if (room.members.size() < limits_.members) {
    room.members.insert_or_assign(fold_name(event.from), ChatMember{.name = event.from});
  }
  add_happening(room, event, happening_text(event));
}

void ChatModel::take_left(const ChatEvent& event, std::string_view who, const std::string& text) {
  ChatRoom* const room = find(event.room);
  if (room == nullptr) return;
  room->members.erase(fold_name(who));
  if (is_own(who)) {
    room->joined = false;
    room->members.clear();
  }
  add_happening(*room, event, text);
}

void ChatModel::take_quit(const ChatEvent& event) {
  for (const auto& room : rooms_) {
    if (room->members.erase(fold_name(event.from)) == 0) continue;
    add_happening(*room, event, happening_text(event));
  }
}

void ChatModel::take_renamed(const ChatEvent& event) {
  const bool own = is_own(event.from);
  if (own) own_name_ = event.target;
  if (own) add_happening(*rooms_.front(), event, happening_text(event));
  for (const auto& room : rooms_) {
    auto member = room->members.extract(fold_name(event.from));
    if (member.empty()) continue;
    member.key() = fold_name(event.target);
    member.mapped().name = event.target;
    room->members.insert(std::move(member));
    add_happening(*room, event, happening_text(event));
  }
}

void ChatModel::take_topic(const ChatEvent& event) {
  ChatRoom& room = room_for(event.room);
  if (&room == rooms_.front().get()) return;
  room.topic = event.text;
  add_happening(room, event, happening_text(event));
}

void ChatModel::take_members(const ChatEvent& event) {
  ChatRoom* const room = find(event.room);
  if (room == nullptr || !room->joined) return;
  room->members.clear();
  for (const ChatMember& member : event.members) {
    if (room->members.size() >= limits_.members) break;
    room->members.insert_or_assign(fold_name(member.name), member);
  }
}

void ChatModel::take_ranked(const ChatEvent& event) {
  ChatRoom* const room = find(event.room);
  if (room == nullptr) return;
  const auto member = room->members.find(fold_name(event.target));
  if (member == room->members.end()) return;
  std::string& signs = member->second.signs;
  std::erase_if(signs, [&event](char c) { return event.text.find(c) != std::string::npos; });
  if (event.own) signs.insert(0, event.text);
}

void ChatModel::take_history(const ChatEvent& event) {
  ChatRoom& room = room_for(event.room);
  std::vector<ChatLine> lines = event.lines;
  for (ChatLine& line : lines) line.mentions = mentions_me(line);
  room.scrollback.add_history(std::move(lines));
  if (event.lines.empty()) room.past_ends = true;
}

}  // namespace patchbay::chat_client
