#include "patchbay/tools/scan/probe/packet_ways.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

Error no_way(const char* reason, const std::string& about) {
  return Error(Fault::unreachable, "send by", reason).about(about);
}

// The address of this host to ask from, on that device: a stranger's would be noted down by all who
// hear it, as ours.
IpAddress asker_on(std::span<const Interface> own, const LinkDevice& device, Family family,
                   const IpAddress& wanted) {
  IpAddress found = IpAddress::any(family);
  for (const Interface& each : own) {
    for (const InterfaceAddress& one : each.addresses) {
      if (one.address.family() != family) continue;
      if (wanted.family() == family && std::ranges::equal(one.address.bytes(), wanted.bytes())) {
        return wanted;
      }
      if (each.index == device.index && found.is_any()) found = one.address;
    }
  }
  return found;
}

}  // namespace

PacketWays::PacketWays(const ScanPlan& plan, HopMap map, const PacketWaysOptions& options)
    : plan_(plan),
      map_(std::move(map)),
      options_(options),
      ways_(map_.size()),
      neighbours_(options.neighbours),
      hosts_(std::bit_ceil(std::min(plan.host_count(), k_most_kept_hosts))) {
  nowhere_.none = Error(Fault::unreachable, "probe", "no route was looked for");
}

Result<std::unique_ptr<PacketWays>> PacketWays::make(const ScanPlan& plan, HopFinder& finder,
                                                     const PacketWaysOptions& options) {
  auto map = finder.hops_to(plan.hosts, options.hops);
  if (!map) return map.error();
  std::unique_ptr<PacketWays> ways(new PacketWays(plan, std::move(*map), options));
  if (const auto found = ways->find(finder); !found) return found.error();
  return ways;
}

Result<> PacketWays::find(HopFinder& finder) {
  const auto devices = finder.devices();
  if (!devices) return devices.error();
  const auto own = Loop::current().engine().interfaces();
  if (!own) return own.error();
  const auto known = finder.neighbours();
  if (!known) return known.error();
  const auto loopback = std::ranges::find_if(*devices, &LinkDevice::loopback);
  if (loopback != devices->end()) loopback_ = loopback->index;
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    if (map_[i]) {
      ways_[i].hop = *map_[i];
      find(ways_[i], *devices, *own);
    } else {
      give_up(ways_[i], map_[i].error());
    }
  }
  for (const KnownNeighbour& each : *known) {
    neighbours_.learn(each.interface, each.address, each.link, each.confirmed);
  }
  return ok();
}

void PacketWays::give_up(Way& way, const Error& why) {
  way.none = why;
  if (options_.notice) options_.notice(why);
}

void PacketWays::find(Way& way, std::span<const LinkDevice> devices,
                      std::span<const Interface> own) {
  const auto device = std::ranges::find(devices, way.hop.interface, &LinkDevice::index);
  if (device == devices.end()) return give_up(way, no_way("it is gone", "the interface"));
  if (!device->up) return give_up(way, no_way("it is down", device->name));
  way.device = *device;
  way.framed = device->is_ethernet() && way.hop.kind != NextHop::Kind::here;
  way.asker_v4 = asker_on(own, *device, Family::v4, way.hop.source);
  way.asker_v6 = asker_on(own, *device, Family::v6, way.hop.source);
}

std::optional<std::uint32_t> PacketWays::only_interface() const {
  const std::vector<std::uint32_t> all = interfaces();
  const bool framed =
      std::ranges::all_of(ways_, [](const Way& way) { return way.none || way.framed; });
  if (all.size() != 1 || !framed) return std::nullopt;
  return all.front();
}

// A fault is one of this host, such as a missing right; whatever else stands in the way becomes
// `none`.
Result<> PacketWays::open(const ProbeCookies& cookies, const ProbePorts& ports,
                          PacketSocket* shared) {
  for (Way& way : ways_) {
    if (way.none) continue;
    const auto link = link_for(way, shared);
    if (!link && link.error().fault() == Fault::permission) return link.error();
    if (!link) {
      give_up(way, link.error().about(way.device.name));
      continue;
    }
    way.link = *link;
    way.packets.emplace(cookies, ProbeSender{.source = way.hop.source,
                                             .ports = ports,
                                             .tcp = plan_.tcp,
                                             .hop_limit = options_.hop_limit,
                                             .link_bytes = static_cast<std::uint16_t>(
                                                 std::clamp(way.device.mtu_bytes, 576, 65'535))});
  }
  return ok();
}

Result<ProbeLink*> PacketWays::link_for(const Way& way, PacketSocket* shared) {
  const LinkKey key{.interface = way.device.index,
                    .framed = way.framed,
                    .family = way.framed ? Family::any : way.hop.source.family()};
  const auto known = std::ranges::find(keys_, key);
  if (known != keys_.end()) return links_[static_cast<std::size_t>(known - keys_.begin())].get();
  Result<std::unique_ptr<ProbeLink>> opened;
  if (shared != nullptr) {
    opened = ProbeLink::of_frames(*shared, options_.links);
  } else if (way.framed) {
    opened = ProbeLink::of_frames(way.device, options_.links);
  } else {
    LinkDevice device = way.device;
    device.loopback = device.loopback || way.hop.kind == NextHop::Kind::here;
    opened = ProbeLink::of_packets(key.family, device, options_.links);
  }
  if (!opened) return opened.error();
  keys_.push_back(key);
  links_.push_back(std::move(*opened));
  return links_.back().get();
}

PacketWays::Way& PacketWays::way_to(const IpAddress& address) {
  const auto number = map_.find(address);
  return number ? ways_[*number] : nowhere_;
}

// --- hosts ---------------------------------------------------------------------------------------

PacketWays::Host& PacketWays::host(std::uint64_t number) {
  Host& host = hosts_[number & (hosts_.size() - 1)];
  if (host.number != number) fill(host, number);
  return host;
}

void PacketWays::fill(Host& host, std::uint64_t number) {
  host = {.number = number, .address = plan_.hosts.at(number)};
  host.way = &way_to(host.address);
  Way& way = *host.way;
  if (way.none) return;
  host.ready = !way.framed;
  const LinkDevice& device = way.device;
  if (host.address.is_v6() && host.address.is_link_local()) {
    host.address = IpAddress(host.address.v6(), device.index);
  }
  if (!way.framed) return;
  write_ethernet_header({.destination = device.address,
                         .source = device.address,
                         .ethertype = host.address.is_v4() ? k_ethertype_ipv4 : k_ethertype_ipv6},
                        host.header);
  // Where nobody is asked there is but one who hears, and any address will do.
  host.ready = !device.asks;
  if (host.ready) return;
  if (way.hop.kind != NextHop::Kind::gateway) {
    host.neighbour = neighbours_.entry(device.index, plan_.hosts.at(number));
    return;
  }
  if (!way.gateway) way.gateway = neighbours_.entry(device.index, way.hop.gateway);
  host.neighbour = way.gateway;
}

bool PacketWays::is_ready(Host& host) {
  if (!host.neighbour || host.as_of == state_) return host.ready;
  host.as_of = state_;
  host.ready = neighbours_.state(*host.neighbour) == NeighbourTable::State::known;
  if (!host.ready) return false;
  std::ranges::copy(std::as_bytes(std::span(neighbours_.link(*host.neighbour))),
                    host.header.begin());
  return true;
}

// --- neighbours ----------------------------------------------------------------------------------

PacketWays::Way* PacketWays::way_of(std::uint32_t interface) {
  const auto found = std::ranges::find_if(ways_, [&](const Way& way) {
    return !way.none && way.framed && way.device.index == interface;
  });
  return found == ways_.end() ? nullptr : &*found;
}

bool PacketWays::ask_next(Instant now) {
  const auto question = neighbours_.next_question(now);
  if (!question) return false;
  const Way* const way = way_of(question->interface);
  if (way == nullptr) return true;
  const ScanProbe none{.target = question->id, .attempt = 0};
  if (way->link->is_full()) {
    neighbours_.not_asked(question->id);
  } else {
    put_question(*way, question->address, none);
  }
  return true;
}

void PacketWays::ask(const Host& host, const ScanProbe& probe) {
  put_question(*host.way, host.address, probe);
}

void PacketWays::put_question(const Way& way, const IpAddress& target, const ScanProbe& probe) {
  const NeighbourQuestion question{.asker_link = way.device.address,
                                   .asker = target.is_v4() ? way.asker_v4 : way.asker_v6,
                                   .target = target};
  const std::span<std::byte> room = way.link->begin(header_of(question));
  way.link->finish(write_neighbour_question(question, room), probe);
}

std::optional<NeighbourTable::Id> PacketWays::heard(std::uint32_t interface,
                                                    const NeighbourReply& reply) {
  const auto id = neighbours_.heard(interface, reply.address, reply.link);
  if (id) ++state_;
  return id;
}

// --- what else there is to know ------------------------------------------------------------------

std::vector<std::uint32_t> PacketWays::interfaces() const {
  std::vector<std::uint32_t> all;
  for (const Way& way : ways_) {
    if (way.none) continue;
    const bool here = way.hop.kind == NextHop::Kind::here;
    all.push_back(here && loopback_ != 0 ? loopback_ : way.device.index);
  }
  std::ranges::sort(all);
  const auto doubled = std::ranges::unique(all);
  all.erase(doubled.begin(), doubled.end());
  return all;
}

std::vector<IpAddress> PacketWays::sources() const {
  std::vector<IpAddress> all;
  for (const Way& way : ways_) {
    if (!way.none && std::ranges::find(all, way.hop.source) == all.end()) {
      all.push_back(way.hop.source);
    }
  }
  return all;
}

bool PacketWays::uses(Family family) const {
  return std::ranges::any_of(
      ways_, [&](const Way& way) { return !way.none && way.hop.source.family() == family; });
}

}  // namespace patchbay
