// InputLine: the line that is being typed, with what was typed before. It knows of no terminal.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>

namespace patchbay::chat_client {

class InputLine {
 public:
  static constexpr std::size_t k_most_bytes = 4000;
  static constexpr std::size_t k_most_history = 200;

  const std::string& text() const { return text_; }
  std::size_t cursor() const { return cursor_; }  // in bytes; never inside a character

  // At the cursor; controls and what is no UTF-8 are left out, and so is what there is no room for.
  void insert(std::string_view text);
  // Puts `text` in the place of `length` bytes from `at` on, and the cursor behind it.
  void replace(std::size_t at, std::size_t length, std::string_view text);

  void left();
  void right();
  void word_left();
  void word_right();
  void home() { cursor_ = 0; }
  void end() { cursor_ = text_.size(); }

  void backspace();
  void erase();  // under the cursor
  // What these take can be put back by yank().
  void kill_word();
  void kill_to_begin();
  void kill_to_end();
  void yank() { insert(killed_); }

  // Through what was typed before; what is typed now is kept at the end of it.
  void older();
  void newer();

  // Takes the line, which is empty afterwards, and remembers it.
  std::string take();

  // What fits into so many columns (at least 2), with the cursor in it, and which column that is.
  struct Shown {
    std::string text;
    std::size_t cursor_column = 0;
  };
  Shown shown(std::size_t columns) const;

 private:
  std::size_t before(std::size_t at) const;  // where the character before begins
  std::size_t behind(std::size_t at) const;
  std::size_t word_begin() const;
  std::size_t word_end() const;
  void kill(std::size_t from, std::size_t to);
  void show_old(std::size_t index);

  std::string text_;
  std::size_t cursor_ = 0;
  std::string killed_;
  std::deque<std::string> history_;
  std::size_t at_ = 0;  // in the history; its size: what is typed now
  std::string draft_;
};

}  // namespace patchbay::chat_client
