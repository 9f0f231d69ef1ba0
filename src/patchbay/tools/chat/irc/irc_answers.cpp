#include "patchbay/tools/chat/irc/irc_answers.hpp"

#include "patchbay/net/event.hpp"
#include "patchbay/wire/irc_message.hpp"

namespace patchbay {

namespace {

// A client that somebody else writes to, a WebSocket's writer, is not waited for by the hub.
constexpr Duration k_look_again = 10ms;

}  // namespace

std::string_view take_irc_item(std::string_view& list) {
  const std::string_view item = list.substr(0, list.find(','));
  list.remove_prefix(item.size() < list.size() ? item.size() + 1 : item.size());
  return item;
}

bool irc_is_behind(const IrcSession& session) {
  return ChatHub::waiting_bytes(session) > session.hub().settings().limits.soft_send_bytes / 2;
}

Task<bool> irc_has_taken(IrcSession& session) {
  while (!session.is_over() && irc_is_behind(session)) {
    // What was answered just now is written first.
    auto waited = co_await yield();
    co_await ChatHub::until_taken(session);
    if (waited && irc_is_behind(session)) waited = co_await sleep_for(k_look_again);
    if (!waited) co_return false;
  }
  co_return !session.is_over();
}

IrcWords::IrcWords(IrcSession& session, int number, std::string in_front)
    : session_(session), number_(number), in_front_(std::move(in_front)) {
  // ":server 353 nick = #room :", and CR LF.
  const std::size_t fixed = session.hub().self().name.size() + session.addressee().size() +
                            in_front_.size() + std::string_view(": 000   :\r\n").size();
  most_bytes_ = k_irc_line_bytes > fixed ? k_irc_line_bytes - fixed : 0;
}

bool IrcWords::add(std::string_view word) {
  const bool is_full = !words_.empty() && words_.size() + 1 + word.size() > most_bytes_;
  if (is_full) reply();
  if (!words_.empty()) words_ += ' ';
  words_ += word;
  return is_full;
}

void IrcWords::end() {
  if (!words_.empty()) reply();
}

void IrcWords::reply() {
  if (in_front_.empty()) {
    session_.reply(number_, {words_});
  } else {
    // One parameter of several words: the reply has them where they belong.
    std::string line = ":" + session_.hub().self().name + ' ';
    ((line += std::to_string(number_)) += ' ') += session_.addressee();
    ((line += ' ') += in_front_) += " :";
    session_.reply_line(line += words_);
  }
  words_.clear();
}

}  // namespace patchbay
