#include "patchbay/net/network_namespace.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>
#include <optional>
#include <system_error>
#include <thread>

namespace patchbay {

namespace {

constexpr const char* k_open = "open the network namespace";
constexpr const char* k_enter = "enter the network namespace";
constexpr const char* k_make = "make a network namespace";
constexpr const char* k_name = "name the network namespace";

std::string path_of(std::string_view name) {
  return fmt::format("{}/{}", k_namespace_folder, name);
}

bool is_number(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Error lacks_admin(const char* operation) {
  return Error::from_errno(EPERM, operation)
      .because("the right to do it is missing (CAP_SYS_ADMIN)")
      .advising("run it as root: sudo patchbay …");
}

// Runs work() on a thread of its own: what it does to its namespaces ends with it.
Result<> on_a_thread(const std::function<Result<>()>& work, const char* operation) {
  Result<> result;
  try {
    std::thread([&] { result = work(); }).join();
  } catch (const std::system_error& error) {  // the limit of threads
    return Error::from_errno(error.code().value(), operation);
  }
  return result;
}

// As ip(8) prepares its folder, so that a name made by either is seen by both: mounts in it are
// shared with other mount namespaces.
Result<> prepare_folder() {
  if (::mkdir(k_namespace_folder, 0755) != 0 && errno != EEXIST) {
    return Error::from_errno(errno, k_name).about(k_namespace_folder);
  }
  if (::mount("", k_namespace_folder, "none", MS_SHARED | MS_REC, nullptr) == 0) return ok();
  if (errno != EINVAL) return Error::from_errno(errno, k_name).about(k_namespace_folder);
  if (::mount(k_namespace_folder, k_namespace_folder, "none", MS_BIND | MS_REC, nullptr) != 0 ||
      ::mount("", k_namespace_folder, "none", MS_SHARED | MS_REC, nullptr) != 0) {
    return Error::from_errno(errno, k_name).about(k_namespace_folder);
  }
  return ok();
}

}  // namespace

NetworkNamespace& NetworkNamespace::operator=(NetworkNamespace&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(inode_, other.inode_);
  return *this;
}

NetworkNamespace::~NetworkNamespace() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<NetworkNamespace> NetworkNamespace::take(int descriptor, std::string_view subject) {
  struct stat status{};
  if (::ioctl(descriptor, NS_GET_NSTYPE) != CLONE_NEWNET || ::fstat(descriptor, &status) != 0) {
    ::close(descriptor);
    return Error(Fault::protocol, k_open, "it is no network namespace",
                 "see them with: ip netns list")
        .about(subject);
  }
  return NetworkNamespace(descriptor, status.st_ino);
}

Result<NetworkNamespace> NetworkNamespace::open_path(const std::string& path,
                                                     std::string_view subject) {
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (descriptor >= 0) return take(descriptor, subject);
  if (errno == ENOENT || errno == ENOTDIR || errno == ESRCH || errno == ENAMETOOLONG) {
    return Error(Fault::unreachable, k_open, "there is no such namespace",
                 "see them with: ip netns list")
        .about(subject);
  }
  const Error error = Error::from_errno(errno, k_open).about(subject);
  if (error.fault() != Fault::permission) return error;
  return error.because("it is another user's, or of a process that may not be looked into")
      .advising("run it as root, or as the user whose namespace it is");
}

Result<NetworkNamespace> NetworkNamespace::open(std::string_view which) {
  if (which.find('/') != std::string_view::npos) return open_path(std::string(which), which);
  if (which.empty() || which == "." || which == "..") {
    return Error(Fault::unreachable, k_open, "there is no such namespace").about(which);
  }
  auto named = open_path(path_of(which), which);
  if (named || !is_number(which)) return named;
  return open_path(fmt::format("/proc/{}/ns/net", which), which);
}

Result<NetworkNamespace> NetworkNamespace::current() {
  return open_path("/proc/thread-self/ns/net", "");
}

Result<NetworkNamespace> NetworkNamespace::make() {
  std::optional<NetworkNamespace> made;
  const auto done = on_a_thread(
      [&]() -> Result<> {
        if (::unshare(CLONE_NEWNET) != 0) {
          return errno == EPERM ? lacks_admin(k_make) : Error::from_errno(errno, k_make);
        }
        auto fresh = current();
        if (!fresh) return fresh.error();
        made.emplace(std::move(*fresh));
        return ok();
      },
      k_make);
  if (!done) return done.error();
  return std::move(*made);
}

Result<> NetworkNamespace::run_inside(const std::function<Result<>()>& work) const {
  return on_a_thread(
      [&]() -> Result<> {
        if (::setns(descriptor_, CLONE_NEWNET) == 0) return work();
        return errno == EPERM ? lacks_admin(k_enter) : Error::from_errno(errno, k_enter);
      },
      k_enter);
}

Result<std::uint64_t> NetworkNamespace::cookie() const {
  std::uint64_t cookie = inode_;
  const auto asked = run_inside([&]() -> Result<> {
    const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (socket < 0) return Error::from_errno(errno, "identify the network namespace");
    socklen_t size = sizeof cookie;
    const int got = ::getsockopt(socket, SOL_SOCKET, SO_NETNS_COOKIE, &cookie, &size);
    const int code = errno;
    ::close(socket);
    if (got == 0 || code == ENOPROTOOPT) return ok();
    return Error::from_errno(code, "identify the network namespace");
  });
  if (!asked) return asked.error();
  return cookie;
}

Result<> NetworkNamespace::give_name(const std::string& name) const {
  const auto prepared = prepare_folder();
  if (!prepared) return prepared;
  const std::string path = path_of(name);
  const int place = ::open(path.c_str(), O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
  if (place < 0) return Error::from_errno(errno, k_name).about(name);
  ::close(place);
  const std::string self = fmt::format("/proc/self/fd/{}", descriptor_);
  if (::mount(self.c_str(), path.c_str(), "none", MS_BIND, nullptr) == 0) return ok();
  const int code = errno;
  ::unlink(path.c_str());
  return Error::from_errno(code, k_name).about(name);
}

Result<bool> NetworkNamespace::remove_name(const std::string& name, std::uint64_t cookie) {
  const std::string path = path_of(name);
  struct stat status{};
  // A link to a namespace is another's doing; ours are mounted.
  if (::lstat(path.c_str(), &status) != 0 || S_ISLNK(status.st_mode)) return false;
  const auto there = open_path(path, name);
  // An empty file is a name that its maker did not live to give.
  const bool is_unused = !there && S_ISREG(status.st_mode) && status.st_size == 0;
  if (!is_unused) {
    if (!there) return false;
    const auto found = there->cookie();
    if (!found) return found.error();
    if (*found != cookie) return false;
  }
  if (!is_unused && ::umount2(path.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) {
    return Error::from_errno(errno, "remove the network namespace").about(name);
  }
  if (::unlink(path.c_str()) == 0) return !is_unused;
  return Error::from_errno(errno, "remove the network namespace").about(name);
}

std::vector<std::string> namespace_names() {
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> folder(::opendir(k_namespace_folder), ::closedir);
  if (!folder) return names;
  while (const dirent* const entry = ::readdir(folder.get())) {
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  std::ranges::sort(names);
  return names;
}

}  // namespace patchbay
