#include "patchbay/base/hex_dump.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace patchbay {
namespace {

constexpr std::size_t bytes_per_line = 16;
constexpr std::string_view digits = "0123456789abcdef";

void append_hex(std::string& out, std::byte byte) {
  const auto value = std::to_integer<std::size_t>(byte);
  out += digits[value >> 4];
  out += digits[value & 0xf];
}

char shown(std::byte byte) {
  const auto value = std::to_integer<unsigned char>(byte);
  return value >= 0x20 && value < 0x7f ? static_cast<char>(value) : '.';
}

}  // namespace

HexDumper::HexDumper(std::string prefix, std::uint64_t offset)
    : prefix_(std::move(prefix)), offset_(offset) {}

void HexDumper::append_line(std::string& out, std::span<const std::byte> bytes) {
  fmt::format_to(std::back_inserter(out), "{}{:08x} ", prefix_, offset_);
  for (std::size_t i = 0; i < bytes_per_line; ++i) {
    if (i % 8 == 0) out += ' ';
    if (i < bytes.size()) {
      append_hex(out, bytes[i]);
    } else {
      out += "  ";
    }
    out += ' ';
  }
  out += " |";
  for (const std::byte byte : bytes) out += shown(byte);
  out += "|\n";
  offset_ += bytes.size();
}

std::string HexDumper::next(std::span<const std::byte> bytes) {
  constexpr std::size_t columns = 80;
  std::string out;
  out.reserve((bytes.size() / bytes_per_line + 1) * (prefix_.size() + columns));
  while (!bytes.empty()) {
    const std::size_t count = std::min(bytes.size(), bytes_per_line);
    append_line(out, bytes.first(count));
    bytes = bytes.subspan(count);
  }
  return out;
}

std::string HexDumper::next(std::string_view bytes) {
  return next(std::as_bytes(std::span(bytes)));
}

std::string HexDumper::end() const { return fmt::format("{}{:08x}\n", prefix_, offset_); }

std::string hex_dump(std::span<const std::byte> bytes) {
  if (bytes.empty()) return {};
  HexDumper dumper;
  std::string lines = dumper.next(bytes);
  return lines + dumper.end();
}

std::string hex_dump(std::string_view bytes) { return hex_dump(std::as_bytes(std::span(bytes))); }

}  // namespace patchbay
