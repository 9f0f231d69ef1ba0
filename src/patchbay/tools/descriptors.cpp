#include "patchbay/tools/descriptors.hpp"

#include <dirent.h>
#include <sys/resource.h>

namespace patchbay {

std::uint64_t open_descriptors() {
  constexpr std::uint64_t guess = 32;
  DIR* const folder = ::opendir("/proc/self/fd");
  if (folder == nullptr) return guess;
  std::uint64_t count = 0;
  while (::readdir(folder) != nullptr) ++count;
  ::closedir(folder);
  return count;
}

std::uint64_t raise_descriptor_limit() {
  constexpr std::uint64_t least = 1024;  // what every system gives
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return least;
  const rlimit raised{.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) return raised.rlim_cur;
  return limit.rlim_cur;
}

}  // namespace patchbay
