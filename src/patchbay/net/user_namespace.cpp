#include "patchbay/net/user_namespace.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace patchbay {

namespace {

constexpr const char* k_enter = "enter a user namespace";

Error explain(int code) {
  const Error error = Error::from_errno(code, k_enter);
  switch (code) {
    case EPERM:
    case EACCES:
      return error.because("this system keeps user namespaces from ordinary users")
          .advising(
              "run it as root, or: sudo sysctl -w kernel.unprivileged_userns_clone=1 "
              "kernel.apparmor_restrict_unprivileged_userns=0");
    case ENOSPC:
    case EUSERS:
      return error.because("the limit of user namespaces is reached, or 0")
          .advising("run it as root, or: sudo sysctl -w user.max_user_namespaces=15000");
    case ENOSYS:
    case EINVAL:
      return error.because("the kernel has no user namespaces, or the process has several threads")
          .advising("run it as root");
    default: return error.advising("run it as root");
  }
}

Result<> write_file(const char* path, const std::string& text) {
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0) return explain(errno);
  const ssize_t written = ::write(file, text.data(), text.size());
  const int code = errno;
  ::close(file);
  if (written == static_cast<ssize_t>(text.size())) return ok();
  return explain(code);
}

}  // namespace

Result<> enter_user_namespace() {
  const auto user = ::geteuid();
  const auto group = ::getegid();
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return explain(errno);
  // A group may be mapped only after the right to drop groups is given up (user_namespaces(7)).
  const auto groups = write_file("/proc/self/setgroups", "deny");
  if (!groups) return groups;
  const auto users = write_file("/proc/self/uid_map", fmt::format("0 {} 1", user));
  if (!users) return users;
  return write_file("/proc/self/gid_map", fmt::format("0 {} 1", group));
}

}  // namespace patchbay
