// next_room(): how much memory whoever reads a source lends it.
#pragma once

#include <algorithm>
#include <cstddef>

namespace patchbay {

// Bytes for the next piece, after one of `got` in a room of `room` (0: before the first). For many
// a source its reader waits long, and then for little: such room is small. What fills it has
// `most`.
constexpr std::size_t next_room(std::size_t room, std::size_t got, std::size_t most) {
  constexpr std::size_t k_waiting_bytes = 1024;
  if (room > 0 && got == room) return most;
  return got < k_waiting_bytes ? std::min(k_waiting_bytes, most) : room;
}

}  // namespace patchbay
