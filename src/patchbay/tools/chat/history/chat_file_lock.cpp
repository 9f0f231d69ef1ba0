#include "patchbay/tools/chat/history/chat_file_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>

namespace patchbay {

Result<ChatFileLock> ChatFileLock::take(const std::string& path) {
  ChatFileLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600));
  if (lock.descriptor_ < 0) return Error::from_errno(errno, "open the database").about(path);
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) == 0) return lock;
  if (errno != EWOULDBLOCK) return Error::from_errno(errno, "open the database").about(path);
  return Error(Fault::storage, "open the database", "another chat server has it",
               "end that one, or give this one a file of its own with --db")
      .about(path);
}

ChatFileLock::~ChatFileLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace patchbay
