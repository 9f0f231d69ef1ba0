#include "patchbay/tools/bench_descriptors.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include "patchbay/base/units.hpp"
#include "patchbay/tools/descriptors.hpp"

namespace patchbay {

namespace {

constexpr std::uint64_t k_spare = 32;  // epoll, timers, the resolver, a log: of this program itself

}  // namespace

std::expected<void, Failure> reserve_descriptors(std::uint64_t connections, std::uint64_t others) {
  const std::uint64_t used = open_descriptors() + k_spare + others;
  const std::uint64_t needed = connections + used;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || needed <= limit.rlim_cur) return {};
  if (needed <= limit.rlim_max) {
    limit.rlim_cur = limit.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
  }
  const std::uint64_t room = limit.rlim_max > used ? limit.rlim_max - used : 0;
  return std::unexpected(
      Failure("cannot open " + format_count(connections, "connection"),
              fmt::format("this process may have {} descriptors, which is enough for {}",
                          limit.rlim_max, format_count(room, "connection")),
              fmt::format("`ulimit -n {}` in a shell of root, or --connections {}", needed, room)));
}

}  // namespace patchbay
