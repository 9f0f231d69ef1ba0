// IrcLink: the numbered answers of a server.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat_client/irc_link.hpp"

namespace patchbay::chat_client {

namespace {

constexpr std::size_t k_most_names = 200'000;
constexpr std::size_t k_most_name_lists = 100;
constexpr std::size_t k_least_page = 1;

// The parameters from `first` on, as one text.
std::string words_from(const IrcMessage& message, std::size_t first) {
  std::string words;
  for (std::size_t i = first; i < message.count; ++i) {
    words.append(words.empty() ? "" : " ").append(message.parameter(i));
  }
  return to_valid_utf8(words);
}

std::size_t number_or(std::string_view text, std::size_t otherwise) {
  std::size_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  return read.ec == std::errc{} && number >= k_least_page ? number : otherwise;
}

// "(ov)@+": letters and signs, the highest first.
void read_ranks(std::string_view value, std::string& letters, std::string& signs) {
  const std::size_t close = value.find(')');
  if (!value.starts_with('(') || close == std::string_view::npos) return;
  letters = value.substr(1, close - 1);
  signs = value.substr(close + 1);
}

// "b,k,l,imnst": lists, always with an argument, with one when set, without.
void read_modes(std::string_view value, std::string& always, std::string& when_set) {
  const std::size_t first = value.find(',');
  const std::size_t second = first == value.npos ? first : value.find(',', first + 1);
  if (second == value.npos) return;
  const std::size_t third = value.find(',', second + 1);
  always = std::string(value.substr(0, first));
  always += value.substr(first + 1, second - first - 1);
  when_set = value.substr(second + 1, third == value.npos ? third : third - second - 1);
}

}  // namespace

void IrcLink::hear_support(const IrcMessage& message, WallTime) {
  for (std::size_t i = 1; i + 1 < message.count; ++i) {
    const std::string_view token = message.parameter(i);
    const std::string_view name = token.substr(0, token.find('='));
    if (name.size() == token.size()) continue;
    const std::string_view value = token.substr(name.size() + 1);
    if (name == "CHANTYPES" && !value.empty()) room_signs_ = value;
    if (name == "PREFIX") read_ranks(value, rank_letters_, rank_signs_);
    if (name == "CHANMODES") read_modes(value, argument_modes_, set_argument_modes_);
    if (name == "CHATHISTORY") history_page_ = number_or(value, history_page_);
  }
}

void IrcLink::hear_topic_is(const IrcMessage& message, WallTime at) {
  tell({.kind = ChatEvent::Kind::topic,
        .at = at,
        .room = to_valid_utf8(message.parameter(1)),
        .text = message.is("331") ? std::string() : to_valid_utf8(message.parameter(2))});
}

void IrcLink::hear_names(const IrcMessage& message, WallTime) {
  const std::string room = fold_irc(message.parameter(2));
  if (names_.size() >= k_most_name_lists && !names_.contains(room)) return;
  std::vector<ChatMember>& names = names_[room];
  std::string_view list = message.parameter(3);
  while (!list.empty() && names.size() < k_most_names) {
    const std::string_view word = list.substr(0, list.find(' '));
    list.remove_prefix(std::min(word.size() + 1, list.size()));
    const std::size_t signs = std::min(word.find_first_not_of(rank_signs_), word.size());
    const std::string_view name = name_in(word.substr(signs));
    if (name.empty()) continue;
    names.push_back({.name = to_valid_utf8(name), .signs = std::string(word.substr(0, signs))});
  }
}

void IrcLink::hear_end_of_names(const IrcMessage& message, WallTime at) {
  const std::string key = fold_irc(message.parameter(1));
  std::vector<ChatMember> members;
  if (auto found = names_.extract(key)) members = std::move(found.mapped());
  std::string text;
  for (const ChatMember& member : members) {
    text.append(text.empty() ? "" : ", ").append(member.signs.substr(0, 1)).append(member.name);
  }
  const std::string room = to_valid_utf8(message.parameter(1));
  tell({.kind = ChatEvent::Kind::members, .at = at, .room = room, .members = std::move(members)});
  if (names_asked_.erase(key) > 0) tell_word("here: " + text, at, room);
}

// RPL_WHOREPLY: room user host server nick flags :hops real name
void IrcLink::hear_who(const IrcMessage& message, WallTime at) {
  const std::string_view last = message.parameter(7);
  const std::size_t blank = last.find(' ');
  const std::string_view real_name =
      blank == last.npos ? std::string_view{} : last.substr(blank + 1);
  tell_word(to_valid_utf8(fmt::format("{} ({}@{}) {}{}", message.parameter(5), message.parameter(2),
                                      message.parameter(3), real_name,
                                      message.parameter(6).starts_with('G') ? ", away" : "")),
            at);
}

// RPL_LIST: room members :topic
void IrcLink::hear_listed(const IrcMessage& message, WallTime at) {
  tell_word(to_valid_utf8(fmt::format("{} ({}) {}", message.parameter(1), message.parameter(2),
                                      message.parameter(3))),
            at);
}

void IrcLink::hear_text(const IrcMessage& message, WallTime at) {
  tell_word(words_from(message, message.count > 1 ? message.count - 1 : 0), at);
}

void IrcLink::hear_refused_join(const IrcMessage& message, WallTime at) {
  const std::string room = to_valid_utf8(message.parameter(1));
  refuse(fmt::format("{}: {}", room, words_from(message, 2)), at, room);
}

void IrcLink::hear_number(const IrcMessage& message, WallTime at) {
  const char first = message.command.front();
  const std::string text = words_from(message, 1);
  if (first == '4' || first == '5' || first == '9') return refuse(text, at);
  tell_word(text, at);
}

}  // namespace patchbay::chat_client
