#include "patchbay/tools/scan/targets/host_names.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/resolve.hpp"
#include "patchbay/tools/scan/count_text.hpp"
#include "patchbay/tools/scan/work_through.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_longest_name = 253;  // RFC 1035 section 2.3.4, as text

struct LookUps {
  std::vector<IpAddress> addresses;
  HostNamesOptions options;
  Deadline deadline;
  HostNames found = {};
};

bool has_no_name(const Error& error) {
  const std::string none = resolve_error(ResolveFailure::no_name, "").why();
  return error.fault() == Fault::resolve && error.why() == none;
}

void take(HostNames& found, const IpAddress& address,
          const Result<std::vector<std::string>>& names) {
  if (!names) {
    if (has_no_name(names.error())) return;
    if (++found.failed == 1) found.failure = names.error();
    return;
  }
  const auto fits = std::ranges::find_if(*names, [](const std::string& name) {
    return !name.empty() && name.size() <= k_longest_name;
  });
  if (fits != names->end()) found.names.emplace(address, *fits);
}

Task<> look_up(LookUps& all, std::size_t index) {
  const IpAddress& address = all.addresses[index];
  const Deadline deadline = Deadline::after(all.options.timeout).or_earlier(all.deadline);
  take(all.found, address, co_await Loop::current().resolver().names(address, deadline));
}

}  // namespace

std::string unknown_names(std::size_t failed, IpNumber of, const Error& failure) {
  return fmt::format("[*] The names of {} of {} could not be looked up: {}", grouped(failed),
                     counted(of, "address"), failure.why());
}

Task<Result<HostNames>> look_up_hosts(std::vector<IpAddress> addresses, HostNamesOptions options) {
  LookUps all{.addresses = std::move(addresses),
              .options = options,
              .deadline = Deadline::after(options.all)};
  co_await work_through(all.addresses.size(), options.at_a_time,
                        [&all](std::size_t index) { return look_up(all, index); });
  if ((co_await current_scope()).cancelled()) {
    co_return Error(Fault::cancelled, "look up the names of hosts");
  }
  co_return std::move(all.found);
}

}  // namespace patchbay
