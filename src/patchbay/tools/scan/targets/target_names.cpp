#include "patchbay/tools/scan/targets/target_names.hpp"

#include <utility>

#include "patchbay/net/resolve.hpp"
#include "patchbay/tools/scan/work_through.hpp"

namespace patchbay {

namespace {

struct LookUps {
  TargetNamesOptions options;
  Deadline deadline;
  std::vector<LookedUpName> names;
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

Task<> look_up(LookUps& all, std::size_t index) {
  LookedUpName& one = all.names[index];
  const Deadline deadline = Deadline::after(all.options.timeout).or_earlier(all.deadline);
  auto found = co_await resolve(one.name, all.options.family, deadline);
  if (found) {
    one.addresses = without_interfaces(std::move(*found), one.name);
  } else {
    one.addresses = found.error();
  }
}

}  // namespace

Task<Result<std::vector<LookedUpName>>> look_up_targets(std::vector<std::string> names,
                                                        TargetNamesOptions options,
                                                        Deadline deadline) {
  LookUps all{.options = options, .deadline = deadline};
  all.names.reserve(names.size());
  for (std::string& name : names) all.names.push_back({std::move(name), {}});
  co_await work_through(all.names.size(), options.at_a_time,
                        [&all](std::size_t index) { return look_up(all, index); });
  if ((co_await current_scope()).cancelled()) {
    co_return Error(Fault::cancelled, "look up the targets");
  }
  co_return std::move(all.names);
}

}  // namespace patchbay
