// FileCache: the files that were asked for lately, by the path as the client wrote it. Belongs to
// one loop.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "patchbay/base/time.hpp"
#include "patchbay/http/static_file.hpp"

namespace patchbay {

struct FileCacheOptions {
  std::size_t files = 1024;
  std::size_t memory_bytes = 64 * 1024 * 1024;
  Duration checked = 1s;  // so long a file is taken for unchanged without a look
  Duration loaded = 10s;  // then it is read anew, and its packed neighbours looked for
};

class FileCache {
 public:
  explicit FileCache(FileCacheOptions options = {}) : options_(options) {}

  // What can be sent without a look; null otherwise.
  StaticFile* fresh(std::string_view path, Instant now);
  // What was there at the last look and is worth comparing with; null otherwise.
  std::shared_ptr<StaticFile> known(std::string_view path, Instant now) const;

  // The file as it was read now, or as it was compared now and found the same.
  void put(std::string_view path, std::shared_ptr<StaticFile> file, Instant now);
  void forget(std::string_view path);

  std::size_t size() const { return entries_.size(); }
  std::size_t memory_bytes() const { return memory_bytes_; }

 private:
  struct Entry {
    std::shared_ptr<StaticFile> file;
    std::size_t bytes = 0;
    Instant loaded{}, checked{};
    std::uint64_t used = 0;
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const {
      return std::hash<std::string_view>()(text);
    }
  };
  using Entries = std::unordered_map<std::string, Entry, Hash, std::equal_to<>>;

  void make_room();
  void drop(Entries::iterator entry);

  FileCacheOptions options_;
  Entries entries_;
  std::size_t memory_bytes_ = 0;
  std::uint64_t uses_ = 0;
};

}  // namespace patchbay
