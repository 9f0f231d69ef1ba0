#include "patchbay/http/result_cache.hpp"

#include <utility>

namespace patchbay {

ResultCache::Value ResultCache::find(std::string_view key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    ++misses_;
    return nullptr;
  }
  ++hits_;
  entries_.splice(entries_.begin(), entries_, found->second);
  return found->second->value;
}

void ResultCache::put(std::string_view key, Value value) {
  const auto old = by_key_.find(key);
  if (old != by_key_.end()) remove(old->second);
  const std::size_t cost = cost_of(key, value);
  if (cost > capacity_ / 4) return;
  while (size_ + cost > capacity_) remove(std::prev(entries_.end()));
  entries_.push_front({std::string(key), std::move(value)});
  by_key_.emplace(entries_.front().key, entries_.begin());
  size_ += cost;
}

void ResultCache::clear() {
  by_key_.clear();
  entries_.clear();
  size_ = 0;
}

std::size_t ResultCache::cost_of(std::string_view key, const Value& value) {
  constexpr std::size_t overhead = 200;
  return overhead + key.size() + (value == nullptr ? 0 : value->size());
}

void ResultCache::remove(Entries::iterator entry) {
  size_ -= cost_of(entry->key, entry->value);
  by_key_.erase(entry->key);
  entries_.erase(entry);
}

}  // namespace patchbay
