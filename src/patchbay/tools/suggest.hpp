// Suggestions for words that were probably mistyped.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace patchbay {

// Damerau's distance in the "optimal string alignment" form: how many insertions, deletions,
// substitutions and swaps of neighbours turn one word into the other. Bytes, not characters.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The candidate nearest to `word`, at most 2 edits away and less than its length; the first of
// several equals. Where none is near, the only one that begins with `word`. Else empty.
std::string nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace patchbay
