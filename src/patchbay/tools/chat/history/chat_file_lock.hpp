// ChatFileLock: one server at a time has a history.
#pragma once

#include <string>
#include <utility>

#include "patchbay/base/result.hpp"

namespace patchbay {

// Held until it ends, or the program does. It ends after every connection to the file: closing any
// descriptor of a file gives up the locks that SQLite has on it (fcntl(2), POSIX record locks).
class ChatFileLock {
 public:
  // The file is made where it is missing, with mode 600. Faults: storage where another server has
  // it, or what open(2) says. The error is about the path. Does not wait.
  static Result<ChatFileLock> take(const std::string& path);

  ChatFileLock(ChatFileLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  ChatFileLock& operator=(ChatFileLock&&) = delete;
  ~ChatFileLock();

 private:
  explicit ChatFileLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace patchbay
