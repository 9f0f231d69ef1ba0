#include "patchbay/tools/scan/run/packed_runs.hpp"

#include <algorithm>
#include <cstring>

namespace patchbay {

namespace {

// A shorter run is not worth a piece of its own: it takes two bytes, and the count of what comes
// after it up to four.
constexpr std::size_t k_least_run = 7;

struct Piece {
  std::uint64_t length = 0;
  bool is_run = false;
  std::string_view bytes;  // one of a run
};

std::size_t run_at(std::string_view bytes, std::size_t at) {
  const std::size_t end = bytes.find_first_not_of(bytes[at], at);
  return (end == std::string_view::npos ? bytes.size() : end) - at;
}

void put_count(std::string& packed, std::uint64_t count) {
  for (; count >= 0x80; count >>= 7) packed += static_cast<char>(count | 0x80);
  packed += static_cast<char>(count);
}

void put_literal(std::string& packed, std::string_view bytes) {
  if (bytes.empty()) return;
  put_count(packed, 2 * bytes.size());
  packed += bytes;
}

std::optional<std::uint64_t> take_count(std::string_view& packed) {
  std::uint64_t count = 0;
  for (unsigned shift = 0; shift < 63 && !packed.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(packed.front());
    packed.remove_prefix(1);
    count |= std::uint64_t{byte & 0x7fU} << shift;
    if (byte < 0x80) return count;
  }
  return std::nullopt;
}

std::optional<Piece> take_piece(std::string_view& packed) {
  const auto count = take_count(packed);
  if (!count || *count < 2) return std::nullopt;
  Piece piece{.length = *count / 2, .is_run = *count % 2 == 1, .bytes = {}};
  const std::uint64_t size = piece.is_run ? 1 : piece.length;
  if (packed.size() < size) return std::nullopt;
  piece.bytes = packed.substr(0, size);
  packed.remove_prefix(size);
  return piece;
}

}  // namespace

std::string pack_runs(std::string_view bytes) {
  std::string packed;
  std::size_t literal = 0;  // where the bytes begin that are in no piece yet
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t run = run_at(bytes, at);
    if (run >= k_least_run) {
      put_literal(packed, bytes.substr(literal, at - literal));
      put_count(packed, 2 * run + 1);
      packed += bytes[at];
      literal = at + run;
    }
    at += run;
  }
  put_literal(packed, bytes.substr(literal));
  return packed;
}

std::optional<std::uint64_t> unpacked_size(std::string_view packed) {
  std::uint64_t size = 0;
  while (!packed.empty()) {
    const auto piece = take_piece(packed);
    if (!piece || piece->length > UINT64_MAX - size) return std::nullopt;
    size += piece->length;
  }
  return size;
}

void unpack_runs(std::string_view packed, std::span<std::byte> room) {
  while (!packed.empty()) {
    const auto piece = take_piece(packed);
    if (!piece || piece->length > room.size()) return;
    if (piece->is_run) {
      std::memset(room.data(), piece->bytes.front(), piece->length);
    } else {
      std::memcpy(room.data(), piece->bytes.data(), piece->length);
    }
    room = room.subspan(piece->length);
  }
}

}  // namespace patchbay
