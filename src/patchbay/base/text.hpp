// Text from strangers: decoding UTF-8 that may be broken, and escaping for a terminal and for JSON.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

namespace patchbay {

// Bytes seen as characters, without a copy; the view lives as long as the bytes do.
inline std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

// One step through text that may not be UTF-8.
struct CodePoint {
  char32_t value = 0;      // U+FFFD when the bytes are not UTF-8
  std::size_t length = 0;  // bytes consumed, 1 to 4; 0 only at the end of the text
  bool valid = false;
};

// Decodes the first code point as RFC 3629 defines it: no overlong forms, no surrogates, nothing
// above U+10FFFF. A broken sequence consumes what could have begun a character and no more (the
// "maximal subpart" of Unicode 3.9), so that one bad byte never swallows the good ones behind it.
CodePoint decode_utf8(std::string_view text);

bool is_valid_utf8(std::string_view text);

// The same text with U+FFFD in place of each broken sequence; what is valid is not changed.
std::string to_valid_utf8(std::string_view bytes);

// How many bytes at the end (0 to 3) begin a UTF-8 sequence that is not finished yet. A stream may
// be cut anywhere: who prints it as it comes keeps these bytes back for the next piece.
std::size_t unfinished_utf8(std::string_view text);

// The longest prefix of at most `limit` bytes that does not end inside a UTF-8 sequence.
std::string_view utf8_prefix(std::string_view text, std::size_t limit);

// True for code points that a person sees and a terminal does not act on. False for C0 and C1
// controls, DEL, bidirectional controls, line and paragraph separators, noncharacters and
// everything invisible (zero-width spaces and joiners, variation selectors, tags): these can forge
// what a reader believes to have read. The price is that a joined emoji is shown in its parts.
bool is_printable(char32_t value);

struct TerminalEscape {
  bool newline = false;  // let '\n' through
  bool tab = false;      // let '\t' through
};

// Text safe to print on any terminal and in any log. Printable UTF-8 passes unchanged; other ASCII
// becomes \n, \r, \t or \x1b, other code points \u{202e}, and each byte that is not UTF-8 \x9b. A
// backslash passes unchanged: the text is made for people and cannot be turned back into bytes.
std::string escape_terminal(std::string_view bytes, TerminalEscape options = {});

// The inside of a JSON string (RFC 8259 section 7), without its quotes. The result is valid UTF-8
// whatever comes in: each broken sequence becomes U+FFFD, so a caller who needs the very bytes
// sends them as hex or base64. Everything is_printable() refuses is written \uXXXX, which keeps
// JSON lines as safe on a terminal as escape_terminal() does.
std::string escape_json(std::string_view bytes);

// The same with its quotes: a whole JSON string.
std::string json_string(std::string_view bytes);

}  // namespace patchbay
