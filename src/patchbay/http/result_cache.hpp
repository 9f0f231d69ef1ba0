// ResultCache: what was made with effort (a compressed page), for as long as there is room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace patchbay {

// Belongs to one loop. What was asked for last stays longest.
class ResultCache {
 public:
  using Value = std::shared_ptr<const std::string>;

  // Keys, values and what keeps them (about 200 bytes each) take `capacity_bytes` at most. Values
  // that a reader still holds after they had to go come on top.
  explicit ResultCache(std::size_t capacity_bytes) : capacity_(capacity_bytes) {}

  // Null: there is none. The key must name all that the value depends on: file, version, coding.
  Value find(std::string_view key);
  // In place of another value of this key. Not kept when it would take more than a quarter of all.
  void put(std::string_view key, Value value);
  void clear();

  std::size_t size_bytes() const { return size_; }
  std::size_t count() const { return entries_.size(); }
  std::uint64_t hits() const { return hits_; }
  std::uint64_t misses() const { return misses_; }

 private:
  struct Entry {
    std::string key;
    Value value;
  };
  using Entries = std::list<Entry>;

  static std::size_t cost_of(std::string_view key, const Value& value);
  void remove(Entries::iterator entry);

  std::size_t capacity_;
  std::size_t size_ = 0;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
  Entries entries_;  // the one asked for last is the first
  std::unordered_map<std::string_view, Entries::iterator> by_key_;
};

}  // namespace patchbay
