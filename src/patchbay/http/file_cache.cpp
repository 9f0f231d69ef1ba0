#include "patchbay/http/file_cache.hpp"

#include <algorithm>
#include <utility>
#include <vector>

namespace patchbay {

namespace {

std::string_view name_in_folder(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

std::string_view folder_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == path.npos ? std::string_view() : path.substr(0, slash);
}

}  // namespace

// A folder that is followed, and the entries whose files lie in it: at least one.
class FileCache::Folder final : public FolderFollower {
 public:
  Folder(FileCache& cache, std::string_view path) : path(path), cache_(cache) {}

  void changed(std::string_view name) override {
    ++cache_.told_;
    doubt(name);
    doubt(unpacked_name(name));
  }
  void lost() override {
    ++cache_.told_;
    doubt_all();
    suspect = true;
  }
  void ended() override {
    ++cache_.told_;
    doubt_all();
    for (const auto& [name, entry] : entries) {
      entry->folder = nullptr;
      entry->asked = false;
    }
    cache_.folders_.erase(cache_.folders_.find(path));
  }

  void doubt_all() {
    for (const auto& [name, entry] : entries) {
      entry->doubt = std::max(entry->doubt, Doubt::look);
      if (entry->file->is_open()) cache_.distrust(*entry);
    }
  }

  std::string path;
  FileWatch::Watch watch = -1;
  bool suspect = false;  // it may be another folder that has this path now
  std::unordered_multimap<std::string, Entry*, Hash, std::equal_to<>> entries;  // by name

 private:
  void doubt(std::string_view name) {
    const auto [first, last] = entries.equal_range(name);
    for (auto found = first; found != last; ++found) cache_.distrust(*found->second);
  }

  FileCache& cache_;
};

FileCache::FileCache(FileCacheOptions options, std::shared_ptr<FileWatch> watch)
    : options_(options), watch_(std::move(watch)) {}

FileCache::~FileCache() {
  for (const auto& [path, folder] : folders_) watch_->leave(folder->watch, *folder);
}

StaticFile* FileCache::fresh(std::string_view path, Instant now) {
  const auto found = entries_.find(path);
  if (found == entries_.end()) return nullptr;
  Entry& entry = found->second;
  if (entry.doubt != Doubt::none || now - entry.checked >= options_.checked) return nullptr;
  entry.used = ++uses_;
  return entry.file.get();
}

std::shared_ptr<StaticFile> FileCache::known(std::string_view path, Instant now) const {
  const auto found = entries_.find(path);
  if (found == entries_.end()) return nullptr;
  const Entry& entry = found->second;
  if (entry.doubt == Doubt::load || now - entry.loaded >= options_.loaded) return nullptr;
  return entry.file;
}

void FileCache::put(std::string_view path, std::shared_ptr<StaticFile> file, Instant now,
                    std::optional<std::uint64_t> told) {
  const bool is_late = told.value_or(told_) != told_;
  auto found = entries_.find(path);
  if (found == entries_.end()) found = entries_.try_emplace(std::string(path)).first;
  Entry& entry = found->second;
  entry.used = ++uses_;
  entry.checked = now;
  if (entry.file != file) {
    replace(entry, std::move(file), now);
    if (is_late && entry.folder != nullptr) distrust(entry);
  } else if (is_late) {
    entry.doubt = std::max(entry.doubt, Doubt::look);
  } else if (entry.doubt == Doubt::look) {
    entry.doubt = Doubt::none;
  }
  if (entry.folder != nullptr) watch_->use(entry.folder->watch);
  count_bytes(entry);
  if (entries_.size() > options_.files || memory_bytes_ > options_.memory_bytes) make_room();
  if (now - closed_ >= options_.loaded) close_unwatched(now);
}

// It has to be read anew. What it was is nobody's any more, so nothing is kept open for its sake.
void FileCache::distrust(Entry& entry) {
  entry.doubt = Doubt::load;
  if (!entry.file->is_open()) return;
  auto closed = std::make_shared<StaticFile>();
  closed->path = entry.file->path;
  entry.file = std::move(closed);
  count_bytes(entry);
}

void FileCache::close_unwatched(Instant now) {
  closed_ = now;
  std::erase_if(entries_, [&](const auto& each) {
    const Entry& entry = each.second;
    const bool stays =
        entry.folder != nullptr || now - entry.checked < options_.loaded || !entry.file->is_open();
    if (!stays) memory_bytes_ -= entry.bytes;
    return !stays;
  });
}

// A file of a folder that nobody follows is looked at once more when it is asked for again: only
// then it is worth a watch, which has to be there before the look.
void FileCache::replace(Entry& entry, std::shared_ptr<StaticFile> file, Instant now) {
  const std::shared_ptr<StaticFile> before = std::exchange(entry.file, std::move(file));
  Folder* const left = std::exchange(entry.folder, nullptr);
  // What changes all the time is not worth packing each time.
  const bool is_restless = entry.doubt == Doubt::load && now - entry.loaded < options_.checked;
  if (before && is_restless) entry.file->packs_now = false;
  // A change that nobody told of: links and folders above may lead elsewhere now.
  if (left != nullptr && entry.doubt == Doubt::none && !before->is_same(entry.file->status)) {
    left->suspect = true;
  }
  const auto found = folders_.find(folder_of(entry.file->path));
  if (found != folders_.end()) join(*found->second, entry);
  if (left != nullptr) leave(*left, name_in_folder(before->path), entry);
  entry.loaded = now;
  entry.asked = false;
  entry.doubt = watch_ != nullptr && entry.folder == nullptr ? Doubt::look : Doubt::none;
}

void FileCache::grew(std::string_view path, const StaticFile& file) {
  const auto found = entries_.find(path);
  if (found == entries_.end() || found->second.file.get() != &file) return;
  count_bytes(found->second);
  if (memory_bytes_ > options_.memory_bytes) make_room();
}

void FileCache::count_bytes(Entry& entry) {
  const std::size_t bytes = entry.file->memory_bytes();
  memory_bytes_ += bytes - entry.bytes;
  entry.bytes = bytes;
}

// --- folders -------------------------------------------------------------------------------------

std::optional<std::string> FileCache::folder_to_follow(std::string_view path) {
  if (watch_ == nullptr) return std::nullopt;
  const auto found = entries_.find(path);
  if (found == entries_.end()) return std::nullopt;
  Entry& entry = found->second;
  const bool is_settled = entry.folder != nullptr ? !entry.folder->suspect : entry.asked;
  if (is_settled) return std::nullopt;
  entry.asked = true;
  return std::string(folder_of(entry.file->path));
}

void FileCache::follow(std::string_view path, int descriptor) {
  const auto asked = entries_.find(path);
  if (asked == entries_.end()) return;
  Entry& entry = asked->second;
  const std::string_view place = folder_of(entry.file->path);
  std::unique_ptr<Folder>& kept = folders_[std::string(place)];
  if (kept == nullptr) kept = std::make_unique<Folder>(*this, place);
  Folder& folder = *kept;
  if (folder.watch >= 0) watch_->leave(folder.watch, folder);
  const auto watch = descriptor < 0 ? std::nullopt : watch_->follow(descriptor, folder);
  if (!watch) {
    folder.ended();
    entry.asked = true;
    return;
  }
  // What was looked at before is known of the time before only.
  ++told_;
  folder.doubt_all();
  folder.watch = *watch;
  folder.suspect = false;
  if (entry.folder == nullptr) join(folder, entry);
}

void FileCache::join(Folder& folder, Entry& entry) {
  folder.entries.emplace(name_in_folder(entry.file->path), &entry);
  entry.folder = &folder;
}

// The last one takes the watch with it.
void FileCache::leave(Folder& folder, std::string_view name, const Entry& entry) {
  const auto [first, last] = folder.entries.equal_range(name);
  const auto mine =
      std::find_if(first, last, [&](const auto& one) { return one.second == &entry; });
  if (mine != last) folder.entries.erase(mine);
  if (!folder.entries.empty()) return;
  watch_->leave(folder.watch, folder);
  folders_.erase(folders_.find(folder.path));
}

// --- room ----------------------------------------------------------------------------------------

void FileCache::forget(std::string_view path) {
  const auto found = entries_.find(path);
  if (found != entries_.end()) drop(found);
}

void FileCache::drop(Entries::iterator entry) {
  const Entry& dropped = entry->second;
  memory_bytes_ -= dropped.bytes;
  if (dropped.folder != nullptr) {
    leave(*dropped.folder, name_in_folder(dropped.file->path), dropped);
  }
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
