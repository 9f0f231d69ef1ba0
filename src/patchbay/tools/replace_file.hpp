// Writing a file so that nobody ever sees half of it.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "patchbay/base/result.hpp"

namespace patchbay {

// A file that is written piece by piece beside `path`, and then put in place of what was there.
// Owner and mode stay those of the former file; a new one gets `mode`. A link is followed.
class FileReplacement {
 public:
  // Faults: storage, permission, system.
  static Result<FileReplacement> open(const std::string& path, unsigned mode = 0600);
  FileReplacement(FileReplacement&& other) noexcept;
  FileReplacement& operator=(FileReplacement&&) = delete;
  ~FileReplacement();  // without finish() nothing is left of it, and nothing has changed

  // Gathers some of it. What goes wrong finish() tells.
  void write(std::string_view piece);
  // Makes sure that it is on the disk, and puts it in its place. Once. Faults: storage, permission,
  // system; the former content is whole then.
  Result<> finish();

 private:
  FileReplacement(std::string given, std::string path) noexcept
      : given_(std::move(given)), path_(std::move(path)) {}
  void flush();

  std::string given_;
  std::string path_;    // where the link leads to
  std::string beside_;  // what is written; empty when it is gone
  std::string pending_;
  int descriptor_ = -1;
  int code_ = 0;  // of what has gone wrong
};

// All of it at once. Faults: as of FileReplacement.
Result<> replace_file(const std::string& path, std::string_view content, unsigned mode = 0600);

}  // namespace patchbay
