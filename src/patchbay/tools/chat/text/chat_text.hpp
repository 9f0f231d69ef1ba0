// What may be said: text as it is kept and handed on.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace patchbay {

// Without line ends and NUL, control characters (the tab stays, and what IRC's clients take for
// bold, colours and the like), C1, DEL, bidi controls and zero-width characters; a line feed
// becomes a blank, what is no UTF-8 becomes U+FFFD. One joiner between two characters beyond ASCII
// stays, and one sign that says how an emoji is shown; two in a row never do. Cut at `most_bytes`,
// between characters.
std::string clean_chat_text(std::string_view text, std::size_t most_bytes);

// For those who read on a bare terminal: also without IRC's bold, colours and the like.
std::string plain_chat_text(std::string_view text);

}  // namespace patchbay
