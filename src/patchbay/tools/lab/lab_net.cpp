#include "patchbay/tools/lab/lab_net.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "patchbay/net/group.hpp"

namespace patchbay {

namespace {

// Of the namespace that the thread is in.
Result<> set_option(const char* path, char value) {
  constexpr const char* operation = "set the option";
  const int file = ::open(path, O_WRONLY | O_CLOEXEC);
  if (file < 0 && errno == ENOENT) return ok();  // a kernel without IPv6
  if (file < 0) return Error::from_errno(errno, operation).about(path);
  const ssize_t written = ::write(file, &value, 1);
  const int code = errno;
  ::close(file);
  if (written == 1) return ok();
  return Error::from_errno(code, operation).about(path);
}

Result<> forward() {
  const auto v4 = set_option("/proc/sys/net/ipv4/ip_forward", '1');
  if (!v4) return v4;
  return set_option("/proc/sys/net/ipv6/conf/all/forwarding", '1');
}

// Addresses can be used at once: nobody else can have them, and finding that out takes two seconds.
Result<> trust_addresses() {
  const auto all = set_option("/proc/sys/net/ipv6/conf/all/accept_dad", '0');
  if (!all) return all;
  return set_option("/proc/sys/net/ipv6/conf/default/accept_dad", '0');
}

Result<> set_up_end(Rtnetlink& control, const TopologyEnd& end, int mtu_bytes) {
  const auto up = control.set_up(end.device, {.mtu_bytes = mtu_bytes});
  if (!up) return up;
  for (const InterfaceAddress& address : end.addresses) {
    const auto added = control.add_address(end.device, address);
    if (!added) return added;
  }
  return ok();
}

// Runs work(control) inside.
template <class Work>
Result<> with_control(const NetworkNamespace& where, Work work) {
  return where.run_inside([&]() -> Result<> {
    auto control = Rtnetlink::open();
    if (!control) return control.error();
    return work(*control);
  });
}

Task<Result<>> never_ending() { co_return co_await sleep_until(Deadline::never()); }

}  // namespace

std::string namespace_name(const LabFile& file, std::size_t host) {
  return fmt::format("{}.{}", file.name, file.hosts[host]);
}

Result<std::unique_ptr<LabNet>> LabNet::make(const LabFile& file, const Topology& topology,
                                             std::uint64_t seed, bool named, LabBook& book) {
  std::unique_ptr<LabNet> net(new LabNet());
  const auto hosts = net->make_hosts(file, named, book);
  if (!hosts) return hosts.error();
  for (std::size_t i = 0; i < file.links.size(); ++i) {
    // Far apart, so that no direction of one link has the chances of another's.
    const auto made = net->make_link(file.links[i], topology.links[i], seed + (i << 32));
    if (!made) return made.error();
  }
  for (std::size_t host = 0; host < file.hosts.size(); ++host) {
    if (!topology.forwards[host]) continue;
    const auto forwards = net->hosts_[host].run_inside(forward);
    if (!forwards) return forwards.error();
  }
  const auto routes = net->make_routes(topology);
  if (!routes) return routes.error();
  return net;
}

Result<> LabNet::make_hosts(const LabFile& file, bool named, LabBook& book) {
  for (std::size_t host = 0; host < file.hosts.size(); ++host) {
    auto made = NetworkNamespace::make();
    if (!made) return made.error();
    hosts_.push_back(std::move(*made));
    const auto up = with_control(hosts_.back(), [](Rtnetlink& control) -> Result<> {
      const auto trusted = trust_addresses();
      if (!trusted) return trusted;
      return control.set_up("lo");
    });
    if (!up) return up;
    if (!named) continue;
    const std::string name = namespace_name(file, host);
    const auto written = book.write_down(name, hosts_.back());
    if (!written) return written;
    const auto given = hosts_.back().give_name(name);
    if (!given) return given;
  }
  return ok();
}

Result<> LabNet::make_link(const LabFileLink& link, const TopologyLink& ends, std::uint64_t seed) {
  relays_.emplace_back();
  if (link.there.perfect() && link.back.perfect()) return make_cable(ends, link.mtu_bytes);
  const NetworkNamespace& left = hosts_[ends.left.host];
  const NetworkNamespace& right = hosts_[ends.right.host];
  auto made = LabLink::open(
      {left, ends.left.device, ends.left.addresses},
      {right, ends.right.device, ends.right.addresses},
      {.there = link.there, .back = link.back, .seed = seed, .mtu_bytes = link.mtu_bytes});
  if (!made) return made.error();
  relays_.back() = std::move(*made);
  return ok();
}

Result<> LabNet::make_cable(const TopologyLink& ends, int mtu_bytes) {
  const NetworkNamespace& left = hosts_[ends.left.host];
  const NetworkNamespace& right = hosts_[ends.right.host];
  const auto made = with_control(left, [&](Rtnetlink& control) -> Result<> {
    const auto cable = control.add_veth(ends.left.device, ends.right.device, right);
    if (!cable) return cable;
    return set_up_end(control, ends.left, mtu_bytes);
  });
  if (!made) return made;
  return with_control(
      right, [&](Rtnetlink& control) { return set_up_end(control, ends.right, mtu_bytes); });
}

Result<> LabNet::make_routes(const Topology& topology) {
  for (std::size_t host = 0; host < hosts_.size(); ++host) {
    const auto made = with_control(hosts_[host], [&](Rtnetlink& control) -> Result<> {
      for (const TopologyRoute& route : topology.routes) {
        if (route.host != host) continue;
        const auto added = control.add_route(route.target, route.gateway);
        if (!added) return added;
      }
      return ok();
    });
    if (!made) return made;
  }
  return ok();
}

Task<Result<>> LabNet::carry() { co_return co_await carry_from(0); }

Task<Result<>> LabNet::carry_from(std::size_t first) {
  while (first < relays_.size() && relays_[first] == nullptr) ++first;
  if (first == relays_.size()) co_return co_await never_ending();
  co_return co_await both(relays_[first]->run(), carry_from(first + 1));
}

}  // namespace patchbay
