#include "patchbay/tools/http/get_target.hpp"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr const char* k_operation = "write to";
constexpr int k_most_links = 40;  // one leading to the other, as for the kernel

std::string real_path(const std::string& path) {
  char* const real = ::realpath(path.c_str(), nullptr);
  if (real == nullptr) return path;
  std::string result(real);
  ::free(real);
  return result;
}

bool is_link(const std::string& path) {
  struct stat status = {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISLNK(status.st_mode);
}

// What a link that leads nowhere leads to; a name that nothing has is itself.
Result<std::string> follow_dangling(std::string path) {
  for (int links = 0; links < k_most_links; ++links) {
    std::string to(PATH_MAX, '\0');
    const ssize_t size = ::readlink(path.c_str(), to.data(), to.size());
    if (size < 0) return path;
    to.resize(static_cast<std::size_t>(size));
    const std::size_t name = path.rfind('/') + 1;  // 0 where there is no slash
    path = to.starts_with('/') ? to : path.substr(0, name) + to;
  }
  return Error::from_errno(ELOOP, k_operation);
}

Error no_target(const char* reason, const char* remedy) {
  return Error(Fault::storage, k_operation, reason, remedy);
}

}  // namespace

Result<GetTarget> find_get_target(const std::string& path) {
  struct stat status = {};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno != ENOENT) return Error::from_errno(errno, k_operation).about(path);
    auto followed = follow_dangling(path);
    if (!followed) return followed.error().about(path);
    return GetTarget{.path = std::move(*followed)};
  }
  if (S_ISREG(status.st_mode)) return GetTarget{.path = is_link(path) ? real_path(path) : path};
  if (S_ISFIFO(status.st_mode) || S_ISCHR(status.st_mode)) {
    return GetTarget{.path = path, .is_device = true};
  }
  if (S_ISDIR(status.st_mode)) {
    return no_target("it is a folder", "name a file in it: -o FOLDER/NAME").about(path);
  }
  return no_target("it is no file", "choose another name").about(path);
}

Result<Stream> open_device(const std::string& path) {
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0 && errno == ENXIO) {
    return no_target("nobody reads it", "start what is to read it before").about(path);
  }
  if (descriptor < 0) return Error::from_errno(errno, k_operation).about(path);
  if (::isatty(descriptor) != 0) {
    ::close(descriptor);
    return no_target("it is a terminal, which would obey what the server sends",
                     "-o - shows it there and escapes it")
        .about(path);
  }
  Engine& engine = Loop::current().engine();
  const auto adopted = engine.adopt(descriptor);
  if (adopted) return Stream(engine, *adopted);
  ::close(descriptor);
  return adopted.error().about(path);
}

}  // namespace patchbay
