// A QR code out of characters, for whoever would rather point a telephone at an address than type
// it.
#pragma once

#include <string>
#include <string_view>

namespace patchbay {

// Two rows of modules a line. In colour it is dark on light whatever the terminal's own are,
// without it right where the terminal writes light on dark. Empty when the text is too long for a
// code, or has a zero byte.
std::string qr_code(std::string_view text, bool color = true);

}  // namespace patchbay
