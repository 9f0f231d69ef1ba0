// PartFile: a download that appears under its name only when it is whole. Until then it is
// ".NAME.part" in the same folder, with a note beside it (".NAME.part.from") that says of what it
// is a part, so that it can be gone on with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "patchbay/base/result.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

// Of what: a URL, and what told one version of it from another: a strong ETag or a Last-Modified.
struct PartNote {
  std::string url;
  std::string validator = {};               // empty: it cannot be gone on with
  std::optional<std::uint64_t> total = {};  // bytes of the whole, where the server told

  friend bool operator==(const PartNote&, const PartNote&) = default;
};

// Move-only. While one is open no other can be for the same name, in any process.
class PartFile {
 public:
  // `path` is the name at the end. A part that is there already stays as it is until begin().
  // Faults: storage, also when another one is open or when something has the name that is no
  // regular file; permission.
  static Result<PartFile> open(const std::string& path);

  PartFile(PartFile&& other) noexcept;
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile();  // what was written stays, if there is anything

  std::uint64_t size() const { return size_; }
  const std::optional<PartNote>& note() const { return note_; }
  const std::string& part_path() const { return part_path_; }

  // The part is one of this from here on: its first `keep` bytes are.
  Result<> begin(PartNote note, std::uint64_t keep);
  Result<> write(std::span<const std::byte> bytes);
  // Puts it on the disk and under its name. With `replace` false it is a fault when there is a file
  // of that name by now.
  Task<Result<>> finish(bool replace);

 private:
  PartFile(std::string path, int folder, int file);

  Result<> publish(bool replace);
  std::string note_name() const { return part_name_ + ".from"; }
  Error error(int code, const char* operation) const;

  std::string path_;
  std::string part_path_;
  std::string name_;
  std::string part_name_;
  int folder_ = -1;
  int file_ = -1;
  std::uint64_t size_ = 0;
  std::optional<PartNote> note_;
};

}  // namespace patchbay
