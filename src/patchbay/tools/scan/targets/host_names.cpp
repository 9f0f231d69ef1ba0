#include "patchbay/tools/scan/targets/host_names.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/resolve.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_longest_name = 253;  // RFC 1035 section 2.3.4, as text

struct LookUps {
  std::vector<IpAddress> addresses;
  HostNamesOptions options;
  Deadline deadline;
  HostNames found = {};
  std::size_t next = 0;
  bool cancelled = false;
};

bool has_no_name(const Error& error) {
  const std::string none = resolve_error(ResolveFailure::no_name, "").why();
  return error.fault() == Fault::resolve && error.why() == none;
}

void take(LookUps& all, const IpAddress& address, const Result<std::vector<std::string>>& names) {
  if (!names) {
    all.cancelled |= names.error().fault() == Fault::cancelled;
    if (has_no_name(names.error())) return;
    if (++all.found.failed == 1) all.found.failure = names.error();
    return;
  }
  const auto fits = std::ranges::find_if(*names, [](const std::string& name) {
    return !name.empty() && name.size() <= k_longest_name;
  });
  if (fits != names->end()) all.found.names.emplace(address, *fits);
}

// One of those that take addresses until none is left.
Task<> look_up_next(LookUps& all) {
  while (all.next < all.addresses.size() && !all.cancelled) {
    const IpAddress address = all.addresses[all.next++];
    const Deadline deadline = Deadline::after(all.options.timeout).or_earlier(all.deadline);
    take(all, address, co_await Loop::current().resolver().names(address, deadline));
  }
}

}  // namespace

Task<Result<HostNames>> look_up_hosts(std::vector<IpAddress> addresses, HostNamesOptions options) {
  LookUps all{.addresses = std::move(addresses),
              .options = options,
              .deadline = Deadline::after(options.all)};
  TaskGroup group(co_await current_scope());
  const std::size_t workers =
      std::min(all.addresses.size(), std::max<std::size_t>(options.at_a_time, 1));
  for (std::size_t i = 0; i < workers; ++i) group.spawn(look_up_next, std::ref(all));
  co_await group.join();
  if (all.cancelled) co_return Error(Fault::cancelled, "look up the names of hosts");
  co_return std::move(all.found);
}

}  // namespace patchbay
