// EventLog: a running hash of all that happens in a world. Two runs with the same hash were the
// same, event for event. Nothing enters it that differs from machine to machine or from build to
// build: no pointers, no order of a hash table, no time but the world's.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace patchbay::sim {

class EventLog {
 public:
  void add(std::uint64_t word) {
    // The multiplier is that of splitmix64's finalizer; a rotation brings the high bits down.
    hash_ = std::rotl((hash_ ^ word) * 0xbf58476d1ce4e5b9, 29);
  }
  void add(std::span<const std::byte> bytes) {
    add(bytes.size());
    while (bytes.size() >= sizeof(std::uint64_t)) {
      std::uint64_t word;
      std::memcpy(&word, bytes.data(), sizeof word);
      add(word);
      bytes = bytes.subspan(sizeof word);
    }
    if (bytes.empty()) return;
    std::uint64_t rest = 0;
    std::memcpy(&rest, bytes.data(), bytes.size());
    add(rest);
  }

  std::uint64_t hash() const { return hash_; }

  // Of a name: what stands for a host or a purpose in the log and in seeds.
  static std::uint64_t hash_of(std::string_view text) {
    EventLog log;
    log.add(std::as_bytes(std::span(text)));
    return log.hash();
  }

 private:
  std::uint64_t hash_ = 0x9e3779b97f4a7c15;
};

}  // namespace patchbay::sim
