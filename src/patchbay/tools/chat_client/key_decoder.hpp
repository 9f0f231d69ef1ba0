// KeyDecoder: keys out of the bytes that a terminal sends (ECMA-48, xterm's ctlseqs, and what rxvt
// and the Linux console do differently).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay::chat_client {

struct Key {
  enum class Kind : std::uint8_t {
    text,  // characters, as UTF-8
    enter,
    tab,
    back_tab,
    backspace,
    erase,
    left,
    right,
    up,
    down,
    word_left,
    word_right,
    home,
    end,
    page_up,
    page_down,
    control,  // with `letter`: 'a' to 'z'
    alt,      // with `letter`, any of ASCII
    escape,
    other,  // one that means nothing here
  };

  Kind kind = Kind::other;
  std::string text = {};
  char letter = 0;

  friend bool operator==(const Key&, const Key&) = default;
};

class KeyDecoder {
 public:
  void add(std::string_view bytes) { bytes_ += bytes; }
  // The next whole key. Nothing: there is none, or its end has not come.
  std::optional<Key> next();
  // Something waits for its end. An escape that stands alone for a while is the key of that name.
  bool unfinished() const { return !bytes_.empty(); }
  // Then: what has no end is none.
  std::optional<Key> flush();

 private:
  std::optional<Key> take(std::size_t length, Key key);
  std::optional<Key> next_sequence();
  std::optional<Key> next_text();

  std::string bytes_;
};

}  // namespace patchbay::chat_client
