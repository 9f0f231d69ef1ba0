#include "patchbay/http/file_cache.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace patchbay {

StaticFile* FileCache::fresh(std::string_view path, Instant now) {
  const auto found = entries_.find(path);
  if (found == entries_.end()) return nullptr;
  Entry& entry = found->second;
  if (now - entry.checked >= options_.checked) return nullptr;
  entry.used = ++uses_;
  return entry.file.get();
}

std::shared_ptr<StaticFile> FileCache::known(std::string_view path, Instant now) const {
  const auto found = entries_.find(path);
  if (found == entries_.end() || now - found->second.loaded >= options_.loaded) return nullptr;
  return found->second.file;
}

void FileCache::put(std::string_view path, std::shared_ptr<StaticFile> file, Instant now) {
  const auto found = entries_.find(path);
  if (found != entries_.end() && found->second.file == file) {
    Entry& entry = found->second;
    memory_bytes_ += file->memory_bytes() - entry.bytes;
    entry.bytes = file->memory_bytes();
    entry.checked = now;
    entry.used = ++uses_;
  } else {
    forget(path);
    const std::size_t bytes = file->memory_bytes();
    memory_bytes_ += bytes;
    entries_.emplace(path, Entry{.file = std::move(file),
                                 .bytes = bytes,
                                 .loaded = now,
                                 .checked = now,
                                 .used = ++uses_});
  }
  if (entries_.size() > options_.files || memory_bytes_ > options_.memory_bytes) make_room();
}

void FileCache::forget(std::string_view path) {
  const auto found = entries_.find(path);
  if (found != entries_.end()) drop(found);
}

void FileCache::drop(Entries::iterator entry) {
  memory_bytes_ -= entry->second.bytes;
  entries_.erase(entry);
}

// A quarter goes at once, those not used for longest: so the walk is rare.
void FileCache::make_room() {
  std::vector<Entries::iterator> all;
  for (auto entry = entries_.begin(); entry != entries_.end(); ++entry) all.push_back(entry);
  std::ranges::sort(all, {}, [](Entries::iterator entry) { return entry->second.used; });
  for (const Entries::iterator entry : all) {
    const bool enough = entries_.size() <= options_.files - options_.files / 4 &&
                        memory_bytes_ <= options_.memory_bytes - options_.memory_bytes / 4;
    if (enough) return;
    drop(entry);
  }
}

}  // namespace patchbay
