// Text of a chat, made fit for a terminal: what strangers wrote must not move the cursor, change
// colours, turn the direction of reading or hide.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace patchbay::chat_client {

// One line without anything that a terminal acts on or that nobody sees: colours and styles of
// mIRC (0x02, 0x03 with its digits, 0x04 with its six, 0x0f, 0x11, 0x16, 0x1d to 0x1f), escape
// sequences (ECMA-48: CSI, OSC and the like, whole), C0, DEL and C1, bidirectional and zero-width
// characters. A tab becomes a blank, each broken sequence of UTF-8 U+FFFD. Of marks that stand over
// a character at most four stay, so that none reaches over other lines.
std::string clean_text(std::string_view bytes);

// How many columns a terminal gives to a character: 0, 1 or 2 (wcwidth(3), whatever the locale
// is).
std::size_t columns_of(char32_t character);
std::size_t columns_of(std::string_view text);

// The longest beginning that needs at most so many columns; a character and its marks stay
// together.
std::string_view fitting(std::string_view text, std::size_t columns);

// `text` in exactly so many columns: cut with "…" at its end, or filled with blanks.
std::string in_columns(std::string_view text, std::size_t columns);

// Text cut into rows of at most `first` and then `others` columns (at least 1 each), between words
// where that can be. The blank at which it was cut is in neither. At least one row.
std::vector<std::string_view> wrap(std::string_view text, std::size_t first, std::size_t others);

// Pieces of at most `limit` bytes (at least 4), none of them cut inside a character, and between
// words where that can be; a blank at a cut is in neither. None for an empty text.
std::vector<std::string_view> split_text(std::string_view text, std::size_t limit);

}  // namespace patchbay::chat_client
