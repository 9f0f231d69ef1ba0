// FileCache: the files that were asked for lately, by their path. Belongs to one loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "patchbay/base/time.hpp"
#include "patchbay/http/file_watch.hpp"
#include "patchbay/http/static_file.hpp"

namespace patchbay {

struct FileCacheOptions {
  std::size_t files = 1024;
  std::size_t memory_bytes = 64 * 1024 * 1024;
  Duration checked = 1s;  // so long a file is taken for unchanged without a look
  Duration loaded = 10s;  // then it is read anew, and its packed neighbours looked for
};

// With a FileWatch the folders of files that are asked for again are followed: what changes there
// is not fresh any more, at once. The looks after a time go on all the same, for what a watch does
// not see.
//
// Large files are kept open, which keeps what they have on the disk, deleted or not. So they are
// closed when their folder is told of a change; where nobody tells of any, once they were not asked
// for so long as `loaded`, with the next file that is looked at.
class FileCache {
 public:
  explicit FileCache(FileCacheOptions options = {}, std::shared_ptr<FileWatch> watch = nullptr);
  ~FileCache();
  FileCache(const FileCache&) = delete;
  FileCache& operator=(const FileCache&) = delete;

  // What can be sent without a look; null otherwise.
  StaticFile* fresh(std::string_view path, Instant now);
  // What was there at the last look and is worth comparing with; null otherwise.
  std::shared_ptr<StaticFile> known(std::string_view path, Instant now) const;

  // The folder below the root that is to be followed before the file of this path is looked at
  // again; nothing if there is none. Named once for each reading of the file; then follow() it.
  std::optional<std::string> folder_to_follow(std::string_view path);
  // `descriptor`: of that folder, it need not stay open; negative where there is none.
  void follow(std::string_view path, int descriptor);
  // Grows with everything that is told of any folder.
  std::uint64_t told() const { return told_; }

  // The file as it was read now, or as it was compared now and found the same. `told`: what told()
  // was before the look, where others had their turn since: then it may be out of date already.
  void put(std::string_view path, std::shared_ptr<StaticFile> file, Instant now,
           std::optional<std::uint64_t> told = std::nullopt);
  // The file has a form more in it, if it is still the one of this path.
  void grew(std::string_view path, const StaticFile& file);
  void forget(std::string_view path);

  std::size_t size() const { return entries_.size(); }
  std::size_t folders() const { return folders_.size(); }
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  class Folder;
  enum class Doubt : std::uint8_t {
    none,
    look,  // it has to be compared
    load,  // it has to be read: a comparison may not show a change within one tick of the clock
  };
  struct Entry {
    std::shared_ptr<StaticFile> file;
    std::size_t bytes = 0;
    Instant loaded{}, checked{};
    std::uint64_t used = 0;
    Folder* folder = nullptr;  // that is followed
    Doubt doubt = Doubt::none;
    bool asked = false;  // folder_to_follow() named its folder
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  template <class Value>
  using ByText = std::unordered_map<std::string, Value, Hash, std::equal_to<>>;
  using Entries = ByText<Entry>;

  void distrust(Entry& entry);
  void close_unwatched(Instant now);
  void replace(Entry& entry, std::shared_ptr<StaticFile> file, Instant now);
  void join(Folder& folder, Entry& entry);
  void leave(Folder& folder, std::string_view name, const Entry& entry);
  void count_bytes(Entry& entry);
  void make_room();
  void drop(Entries::iterator entry);

  FileCacheOptions options_;
  std::shared_ptr<FileWatch> watch_;
  Entries entries_;
  ByText<std::unique_ptr<Folder>> folders_;
  std::size_t memory_bytes_ = 0;
  std::uint64_t uses_ = 0;
  std::uint64_t told_ = 0;
  Instant closed_{};  // those that nobody watches
};

}  // namespace patchbay
