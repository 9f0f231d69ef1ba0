// What users and rooms may be called, and when two names are the same to the eye.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace patchbay {

// What two names have in common when they are one: without regard to case, in compatible forms
// (NFKC), and to letters that look alike in other alphabets (data/confusables.tsv); in users' names
// also 0 and o, and 1, i, l and |. A room's name begins with '#' and keeps these apart: #lab1 is
// not #labl. Never empty for a name; for what is no UTF-8 the ASCII letters made small. Folding
// what is folded changes nothing.
std::string fold_chat_name(std::string_view name);

// Why it cannot be a user's name; null if it can. One to `most_characters` letters, marks and
// digits of any alphabet, and "_-.|^" of ASCII; no digit, '-', '.' or mark in front, and no word
// that looks like SERVER. So there is no blank in it, no bracket or quote, nothing that IRC needs
// for itself, and nothing hidden.
const char* why_no_user_name(std::string_view name, std::size_t most_characters);

// The same of a room's, which begins with '#': two to `most_characters`; no blank, comma, colon,
// bracket, control, bidi or zero-width character in it.
const char* why_no_room_name(std::string_view name, std::size_t most_characters);

// A name made of what somebody typed: blanks become '_', what may not be in it is left out, and it
// is cut at the length. Empty: nothing is left. What looks like SERVER still does.
std::string make_user_name(std::string_view typed, std::size_t most_characters);

}  // namespace patchbay
