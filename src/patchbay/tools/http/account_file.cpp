#include "patchbay/tools/http/account_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/http/accounts.hpp"
#include "patchbay/tools/read_file.hpp"
#include "patchbay/tools/replace_file.hpp"

namespace patchbay {

namespace {

// A change takes milliseconds: whoever holds the folder for seconds is no other change.
constexpr int k_attempts = 500;
constexpr int k_pause_ms = 10;

// The folder of a file, for one program at a time, until this ends. Not the file, since that one is
// exchanged for another.
class FolderLock {
 public:
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FolderLock() = default;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

  // Waits for up to five seconds.
  Result<> take(const std::string& path) {
    constexpr const char* k_operation = "lock the folder of";
    std::error_code failed;
    std::filesystem::path real = std::filesystem::absolute(path, failed);
    if (!failed) real = std::filesystem::weakly_canonical(real, failed);
    if (failed) return Error::from_errno(failed.value(), k_operation).about(path);
    descriptor_ = ::open(real.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0) return Error::from_errno(errno, k_operation).about(path);
    for (int i = 0; i < k_attempts; ++i) {
      if (::flock(descriptor_, LOCK_EX | LOCK_NB) == 0) return ok();
      if (errno != EWOULDBLOCK) return Error::from_errno(errno, k_operation).about(path);
      ::poll(nullptr, 0, k_pause_ms);
    }
    return Error(Fault::timed_out, k_operation, "another program holds it",
                 "wait until that one has ended")
        .about(path);
  }

 private:
  int descriptor_ = -1;
};

bool is_there(const std::string& path) {
  struct stat status;
  return ::stat(path.c_str(), &status) == 0;
}

// `text` with another line for the user, in the place of the former one or at the end.
std::string with_line(std::string_view text, const std::string& user, const std::string& line) {
  std::string result;
  bool placed = false;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    const bool is_users =
        one.size() > user.size() && one.starts_with(user) && one[user.size()] == ':';
    placed = placed || is_users;
    if (is_users) {
      result += line;
    } else {
      result.append(one).append("\n");
    }
  }
  return placed ? result : result + line;
}

}  // namespace

std::expected<AccountChange, Failure> change_account(const std::string& path,
                                                     const std::string& user,
                                                     const std::optional<std::string>& hash) {
  FolderLock lock;
  if (const auto taken = lock.take(path); !taken) return std::unexpected(Failure(taken.error()));
  std::string text;
  if (is_there(path)) {
    auto read = read_whole_file(path, k_most_account_bytes);
    if (!read) return std::unexpected(read.error());
    text = std::move(*read);
  }
  const auto table = parse_accounts(path, text);
  if (!table) return std::unexpected(table.error());
  const bool was_there = table->contains(user);
  AccountChange change{.was_there = was_there, .users = table->size()};
  if (!hash && !was_there) return change;
  if (!hash) --change.users;
  if (hash && !was_there) ++change.users;
  const std::string line = hash ? fmt::format("{}:{}\n", user, *hash) : std::string();
  if (const auto saved = replace_file(path, with_line(text, user, line)); !saved) {
    return std::unexpected(Failure(saved.error()));
  }
  return change;
}

}  // namespace patchbay
