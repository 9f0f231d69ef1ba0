// Bytes as `hexdump -C` shows them: an offset, sixteen bytes in hex, and the same as ASCII.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace patchbay {

// A whole dump, each line ended by '\n':
//
//   00000000  48 65 6c 6c 6f 2c 20 77  6f 72 6c 64 21 0a        |Hello, world!.|
//   0000000e
//
// The last line is the length. Unlike hexdump, repeated lines are not folded into "*": on a wire
// every byte may be the one somebody looks for. No bytes, no lines. Only ASCII 0x20 to 0x7e is
// shown as itself, so the result is safe on a terminal.
std::string hex_dump(std::span<const std::byte> bytes);
std::string hex_dump(std::string_view bytes);

// A dump that grows with a stream. Each piece begins a line of its own, so that what came together
// stands together, and the offset runs on.
class HexDumper {
 public:
  // `prefix` begins every line ("> ", "< ") and is printed as it is.
  explicit HexDumper(std::string prefix = "", std::uint64_t offset = 0);

  // The lines of the next piece; "" for an empty one.
  std::string next(std::span<const std::byte> bytes);
  std::string next(std::string_view bytes);

  // The closing line: the offset behind the last byte.
  std::string end() const;

  std::uint64_t offset() const { return offset_; }

 private:
  void append_line(std::string& out, std::span<const std::byte> bytes);

  std::string prefix_;
  std::uint64_t offset_;
};

}  // namespace patchbay
