// SocketOptions: what setsockopt(2) was told, under its own numbers, and what getsockopt(2) reads
// back: buffers doubled and capped, times as they were, defaults as Linux has them.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace patchbay::sim {

class SocketOptions {
 public:
  // 0, or an errno: ENOPROTOOPT for what is not simulated, EINVAL for a value out of range.
  int set(int level, int name, std::span<const std::byte> value);
  // 0, or an errno. `size` is the room at first, then what was filled.
  int get(int level, int name, std::byte* value, unsigned& size) const;

  // The value in force of an option that is a number; 0 of one that is not known.
  int number(int level, int name) const;
  bool is_on(int level, int name) const { return number(level, name) != 0; }

  // Bytes of payload that a buffer holds: half of what is told, since the kernel reckons with its
  // own bookkeeping.
  std::size_t receive_room() const;
  std::size_t send_room() const;
  // SO_LINGER with a time of zero: a close resets the connection.
  bool resets_on_close() const;

 private:
  struct Option {
    int level;
    int name;
    std::vector<std::byte> value;
  };

  const Option* find(int level, int name) const;
  void keep(int level, int name, std::span<const std::byte> value);

  std::vector<Option> set_;  // few are, of any socket
};

}  // namespace patchbay::sim
