// The chat's database: one file for its history and its accounts.
#pragma once

#include <cstdint>
#include <string>

#include "patchbay/store/database.hpp"

namespace patchbay {

// Faults as Database::open.
Result<Database> open_chat_database(const std::string& path, const DatabaseOptions& options = {});

// Messages are numbered within their place, which is a room, or what two accounts write each other;
// a position is both numbers in one. So a place's messages stand together in the file, in order,
// and the index of words can be asked for those of one place.
inline constexpr int k_sequence_bits = 40;
inline constexpr std::int64_t k_most_places = std::int64_t{1} << (62 - k_sequence_bits);
inline constexpr std::int64_t k_most_sequence = (std::int64_t{1} << k_sequence_bits) - 1;

// Positions from begin up to end, that one left out.
struct ChatRange {
  std::int64_t begin = 0;
  std::int64_t end = 0;
};

// All positions of a place.
constexpr ChatRange positions_of(std::int64_t place) {
  return {place << k_sequence_bits, (place + 1) << k_sequence_bits};
}
constexpr std::uint64_t sequence_of(std::int64_t position) {
  return static_cast<std::uint64_t>(position & k_most_sequence);
}

}  // namespace patchbay
