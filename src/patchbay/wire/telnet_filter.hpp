// TelnetFilter: takes telnet's own words out of what a client sends (RFC 854, RFC 855), so that
// whoever talks to lines of text can be talked to by telnet as well as by nc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace patchbay {

// Nothing is agreed to and nothing answered: then a telnet client sends whole lines, as they were
// typed. What is left is text, and the byte 255 where it was sent twice. CR NUL becomes CR LF;
// "erase character" becomes DEL, "erase line" the control character U (0x15).
//
// It remembers where it is between pieces, and holds nothing else.
class TelnetFilter {
 public:
  // Of an option that never ends no more is passed over; what follows is text again.
  static constexpr std::size_t k_most_option_bytes = 1024;

  // What is left of the bytes, at their front. No copy, and nothing written where it is all.
  std::string_view strip(std::span<std::byte> bytes);

 private:
  enum class State : std::uint8_t {
    text,
    after_cr,
    command,         // behind IAC
    option,          // behind WILL, WONT, DO or DONT
    subnegotiation,  // behind SB
    subnegotiation_command,
  };

  bool take(unsigned char& byte);
  bool take_command(unsigned char& byte);

  State state_ = State::text;
  std::uint16_t option_bytes_ = 0;
};

}  // namespace patchbay
