// Text from strangers inside a page.
#pragma once

#include <string>
#include <string_view>

namespace patchbay {

// Text for HTML, between tags or in a quoted attribute: & < > " ' become references, and the result
// is valid UTF-8 of printable characters only.
//
// Everything else becomes U+FFFD: bytes that are not UTF-8, controls (the line end too), and what
// is_printable() refuses, bidirectional controls above all. A numeric reference would not do: the
// page's parser turns it back into the very character that it stands for, and the name would be
// shown reversed all the same. The price is that a joined emoji comes in its parts.
std::string escape_html(std::string_view bytes);

}  // namespace patchbay
