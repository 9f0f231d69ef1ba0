#include "patchbay/tools/scan/targets/target_names.hpp"

#include <algorithm>
#include <functional>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/resolve.hpp"

namespace patchbay {

namespace {

struct LookUps {
  TargetNamesOptions options;
  Deadline deadline;
  std::vector<LookedUpName> names;
  std::size_t next = 0;
  bool cancelled = false;
};

// A hosts file may say fe80::1%eth0; sets of addresses have no interfaces.
Result<std::vector<IpAddress>> without_interfaces(std::vector<IpAddress> addresses,
                                                  std::string_view name) {
  std::erase_if(addresses, [](const IpAddress& address) { return address.scope() != 0; });
  if (!addresses.empty()) return addresses;
  return Error(Fault::resolve, "resolve", "its only addresses are those of one interface",
               "name them by number, and the interface with -e")
      .about(name);
}

// One of those that take names until none is left.
Task<> look_up_next(LookUps& all) {
  while (all.next < all.names.size() && !all.cancelled) {
    LookedUpName& one = all.names[all.next++];
    const Deadline deadline = Deadline::after(all.options.timeout).or_earlier(all.deadline);
    auto found = co_await resolve(one.name, all.options.family, deadline);
    if (found) {
      one.addresses = without_interfaces(std::move(*found), one.name);
    } else {
      one.addresses = found.error();
      all.cancelled |= found.error().fault() == Fault::cancelled;
    }
  }
}

}  // namespace

Task<Result<std::vector<LookedUpName>>> look_up_targets(std::vector<std::string> names,
                                                        TargetNamesOptions options,
                                                        Deadline deadline) {
  LookUps all{.options = options, .deadline = deadline};
  all.names.reserve(names.size());
  for (std::string& name : names) all.names.push_back({std::move(name), {}});
  TaskGroup group(co_await current_scope());
  const std::size_t workers =
      std::min(all.names.size(), std::max<std::size_t>(options.at_a_time, 1));
  for (std::size_t i = 0; i < workers; ++i) group.spawn(look_up_next, std::ref(all));
  co_await group.join();
  if (all.cancelled) co_return Error(Fault::cancelled, "look up the targets");
  co_return std::move(all.names);
}

}  // namespace patchbay
