#include "patchbay/tools/chat_client/key_decoder.hpp"

#include <algorithm>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"

namespace patchbay::chat_client {

namespace {

constexpr char k_escape = 0x1b;
constexpr std::size_t k_longest_sequence = 32;

struct Sequence {
  std::string_view bytes;  // behind the escape
  Key::Kind kind;
};
constexpr Sequence k_sequences[] = {
    {"[A", Key::Kind::up},
    {"OA", Key::Kind::up},
    {"[B", Key::Kind::down},
    {"OB", Key::Kind::down},
    {"[C", Key::Kind::right},
    {"OC", Key::Kind::right},
    {"[D", Key::Kind::left},
    {"OD", Key::Kind::left},
    {"[H", Key::Kind::home},
    {"OH", Key::Kind::home},
    {"[1~", Key::Kind::home},
    {"[7~", Key::Kind::home},
    {"[F", Key::Kind::end},
    {"OF", Key::Kind::end},
    {"[4~", Key::Kind::end},
    {"[8~", Key::Kind::end},
    {"[3~", Key::Kind::erase},
    {"[5~", Key::Kind::page_up},
    {"[6~", Key::Kind::page_down},
    {"[Z", Key::Kind::back_tab},
    {"[1;5D", Key::Kind::word_left},
    {"[1;3D", Key::Kind::word_left},
    {"Od", Key::Kind::word_left},
    {"[1;5C", Key::Kind::word_right},
    {"[1;3C", Key::Kind::word_right},
    {"Oc", Key::Kind::word_right},
    {"OM", Key::Kind::enter},
};

// How long the sequence behind an escape is; 0: its end has not come.
std::size_t sequence_length(std::string_view behind) {
  if (behind.starts_with('O')) return behind.size() < 2 ? 0 : 2;
  if (behind.starts_with("[[")) return behind.size() < 3 ? 0 : 3;  // the console's F1 to F5
  for (std::size_t i = 1; i < behind.size(); ++i) {
    if (behind[i] >= 0x40 && behind[i] <= 0x7e) return i + 1;
    if (i >= k_longest_sequence) return i;
  }
  return 0;
}

}  // namespace

std::optional<Key> KeyDecoder::take(std::size_t length, Key key) {
  bytes_.erase(0, length);
  return key;
}

std::optional<Key> KeyDecoder::next() {
  if (bytes_.empty()) return std::nullopt;
  const char first = bytes_.front();
  switch (first) {
    case k_escape: return next_sequence();
    case '\r':
    case '\n': return take(1, {.kind = Key::Kind::enter});
    case '\t': return take(1, {.kind = Key::Kind::tab});
    case 0x7f:
    case '\b': return take(1, {.kind = Key::Kind::backspace});
    default: break;
  }
  if (!is_ascii_control(first)) return next_text();
  const bool letter = first >= 1 && first <= 26;
  if (!letter) return take(1, {});
  return take(1, {.kind = Key::Kind::control, .letter = static_cast<char>('a' + first - 1)});
}

std::optional<Key> KeyDecoder::next_sequence() {
  if (bytes_.size() < 2) return std::nullopt;
  const std::string_view behind = std::string_view(bytes_).substr(1);
  if (behind.front() == k_escape) return take(1, {.kind = Key::Kind::escape});
  if (behind.front() != '[' && behind.front() != 'O') {
    if (behind.front() == 0x7f) return take(2, {.kind = Key::Kind::control, .letter = 'w'});
    if (!is_ascii_visible(behind.front())) return take(1, {.kind = Key::Kind::escape});
    return take(2, {.kind = Key::Kind::alt, .letter = behind.front()});
  }
  const std::size_t length = sequence_length(behind);
  if (length == 0) return std::nullopt;
  const auto* const known =
      std::ranges::find(k_sequences, behind.substr(0, length), &Sequence::bytes);
  const Key::Kind kind = known == std::end(k_sequences) ? Key::Kind::other : known->kind;
  return take(1 + length, {.kind = kind});
}

std::optional<Key> KeyDecoder::next_text() {
  std::size_t length = 0;
  while (length < bytes_.size() && !is_ascii_control(bytes_[length])) ++length;
  // A character may be cut in two where one read ended; nothing goes before its rest comes.
  if (length == bytes_.size()) length -= unfinished_utf8(bytes_);
  if (length == 0) return std::nullopt;
  return take(length, {.kind = Key::Kind::text, .text = bytes_.substr(0, length)});
}

std::optional<Key> KeyDecoder::flush() {
  if (bytes_.empty()) return std::nullopt;
  const bool escape = bytes_ == std::string_view(&k_escape, 1);
  return take(bytes_.size(), {.kind = escape ? Key::Kind::escape : Key::Kind::other});
}

}  // namespace patchbay::chat_client
