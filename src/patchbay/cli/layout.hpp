// Laying out text for a terminal: wrapping, and tables of two columns.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patchbay {

// Characters as a terminal counts them, for the letters that our own texts use.
std::size_t text_width(std::string_view text);

// Lines of at most `columns`, broken at spaces, each with `indent` spaces in front. A word that is
// too long stands alone. A newline in the text stays one.
std::string wrapped(std::string_view text, std::size_t columns, std::size_t indent);

// "  left   right" for each pair, the right side wrapped under itself. The column stands behind the
// widest left side, but not farther than `widest`; a longer left side gets a line of its own.
std::string two_columns(const std::vector<std::pair<std::string, std::string>>& rows,
                        std::size_t columns, std::size_t widest);

}  // namespace patchbay
