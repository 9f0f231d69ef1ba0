// What somebody searches for, as a question to the index of words.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace patchbay {

// An expression of FTS5 that asks for messages with all these words, parted by blanks; one that the
// index takes for several ("192.0.2.1") for those beside each other in this order. Nothing in the
// text means anything to FTS5. Of a long text the first kilobyte and 32 words count. Empty: there
// is no word in it.
std::string chat_search_words(std::string_view text);

}  // namespace patchbay
