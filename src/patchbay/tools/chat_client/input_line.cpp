#include "patchbay/tools/chat_client/input_line.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat_client/chat_text.hpp"

namespace patchbay::chat_client {

namespace {

// The first byte of a character that a cursor can stand on: no mark goes over the one before.
bool begins_character(std::string_view text, std::size_t at) {
  if ((static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) return false;
  return columns_of(decode_utf8(text.substr(at)).value) > 0;
}

}  // namespace

std::size_t InputLine::before(std::size_t at) const {
  while (at > 0 && !begins_character(text_, --at)) {
  }
  return at;
}

std::size_t InputLine::behind(std::size_t at) const {
  if (at < text_.size()) ++at;
  while (at < text_.size() && !begins_character(text_, at)) ++at;
  return at;
}

void InputLine::insert(std::string_view text) {
  const std::string clean = clean_text(text);
  const std::size_t room = k_most_bytes - std::min(text_.size(), k_most_bytes);
  const std::string_view fits = utf8_prefix(clean, room);
  text_.insert(cursor_, fits);
  cursor_ += fits.size();
}

void InputLine::replace(std::size_t at, std::size_t length, std::string_view text) {
  at = std::min(at, text_.size());
  text_.erase(at, length);
  cursor_ = at;
  insert(text);
}

void InputLine::left() { cursor_ = before(cursor_); }
void InputLine::right() { cursor_ = behind(cursor_); }

std::size_t InputLine::word_begin() const {
  std::size_t at = cursor_;
  while (at > 0 && text_[at - 1] == ' ') --at;
  while (at > 0 && text_[at - 1] != ' ') --at;
  return at;
}

std::size_t InputLine::word_end() const {
  std::size_t at = cursor_;
  while (at < text_.size() && text_[at] == ' ') ++at;
  while (at < text_.size() && text_[at] != ' ') ++at;
  return at;
}

void InputLine::word_left() { cursor_ = word_begin(); }
void InputLine::word_right() { cursor_ = word_end(); }

void InputLine::backspace() {
  const std::size_t from = before(cursor_);
  text_.erase(from, cursor_ - from);
  cursor_ = from;
}

void InputLine::erase() { text_.erase(cursor_, behind(cursor_) - cursor_); }

void InputLine::kill(std::size_t from, std::size_t to) {
  if (from == to) return;
  killed_ = text_.substr(from, to - from);
  text_.erase(from, to - from);
  cursor_ = from;
}

void InputLine::kill_word() { kill(word_begin(), cursor_); }
void InputLine::kill_to_begin() { kill(0, cursor_); }
void InputLine::kill_to_end() { kill(cursor_, text_.size()); }

void InputLine::show_old(std::size_t index) {
  if (at_ == history_.size()) draft_ = text_;
  at_ = index;
  text_ = at_ == history_.size() ? draft_ : history_[at_];
  cursor_ = text_.size();
}

void InputLine::older() {
  if (at_ > 0) show_old(at_ - 1);
}

void InputLine::newer() {
  if (at_ < history_.size()) show_old(at_ + 1);
}

std::string InputLine::take() {
  std::string line = std::exchange(text_, {});
  cursor_ = 0;
  draft_.clear();
  if (!line.empty() && (history_.empty() || history_.back() != line)) history_.push_back(line);
  if (history_.size() > k_most_history) history_.pop_front();
  at_ = history_.size();
  return line;
}

InputLine::Shown InputLine::shown(std::size_t columns) const {
  columns = std::max<std::size_t>(columns, 2);
  // So much from the left that the cursor has a column of its own at the end.
  std::size_t from = 0;
  while (columns_of(std::string_view(text_).substr(from, cursor_ - from)) + 1 > columns) {
    from = behind(from);
  }
  const std::string_view rest = std::string_view(text_).substr(from);
  return {.text = std::string(fitting(rest, columns)),
          .cursor_column = columns_of(rest.substr(0, cursor_ - from))};
}

}  // namespace patchbay::chat_client
