#include "patchbay/net/next_hop.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

namespace patchbay {

namespace {

constexpr const char* k_operation = "find the way to the targets";

// The family's place keeps IPv4 before IPv6.
using Place = std::pair<Family, IpNumber>;
Place place_of(const IpAddress& address) { return {address.family(), number_of(address)}; }

// Addresses before which something begins.
std::vector<Place> cuts_of(std::span<const IpNetwork> networks) {
  std::vector<Place> cuts;
  for (const IpNetwork& network : networks) {
    cuts.push_back(place_of(network.first()));
    const Place last = place_of(network.last());
    if (last.second != last_number(last.first)) cuts.emplace_back(last.first, last.second + 1);
  }
  std::ranges::sort(cuts);
  const auto doubled = std::ranges::unique(cuts);
  cuts.erase(doubled.begin(), doubled.end());
  return cuts;
}

bool same(const Result<NextHop>& a, const Result<NextHop>& b) {
  if (a && b) return *a == *b;
  return !a && !b && a.error().code() == b.error().code() && a.error().fault() == b.error().fault();
}

NextHop::Kind kind_of(const RouteAnswer& answer) {
  if (answer.kind == RouteAnswer::Kind::here) return NextHop::Kind::here;
  return answer.gateway ? NextHop::Kind::gateway : NextHop::Kind::link;
}

// The route's own address, unless the user wants another.
Result<NextHop> hop_of(const RouteAnswer& answer, const std::optional<IpAddress>& source) {
  if (answer.kind == RouteAnswer::Kind::everybody) {
    return Error(Fault::unreachable, "probe", "it is the address of everybody on a link");
  }
  const auto from = source ? source : answer.source;
  if (!from) return Error(Fault::unreachable, "probe", "this host has no address to ask from");
  return NextHop{.kind = kind_of(answer),
                 .interface = answer.interface,
                 .source = *from,
                 .gateway = answer.gateway.value_or(IpAddress())};
}

// Policies may look at the source; one that is not this host's they cannot be asked with.
Result<NextHop> ask(Rtnetlink& kernel, const IpAddress& to, const HopOptions& options) {
  const auto& source = to.is_v4() ? options.source_v4 : options.source_v6;
  RouteQuestion question{.destination = to, .interface = options.interface, .source = source};
  auto answer = kernel.route_to(question);
  if (!answer && source) {
    question.source = std::nullopt;
    answer = kernel.route_to(question);
  }
  if (!answer) return answer.error();
  return hop_of(*answer, source);
}

}  // namespace

std::size_t HopMap::number_of_hop(const Result<NextHop>& hop) {
  for (std::size_t i = 0; i < hops_.size(); ++i) {
    if (same(hops_[i], hop)) return i;
  }
  hops_.push_back(hop);
  return hops_.size() - 1;
}

void HopMap::add(const IpRange& range, const Result<NextHop>& hop) {
  const std::size_t number = number_of_hop(hop);
  if (!pieces_.empty() && pieces_.back().hop == number &&
      pieces_.back().range.family() == range.family()) {
    // Addresses between the two are nobody's target: whatever the map says of them is not asked.
    pieces_.back().range.last = range.last;
    return;
  }
  pieces_.push_back({range, number});
}

std::optional<std::size_t> HopMap::find(const IpAddress& address) const {
  const auto begin_of = [](const Piece& piece) { return place_of(piece.range.first); };
  const auto behind = std::ranges::upper_bound(pieces_, place_of(address), {}, begin_of);
  if (behind == pieces_.begin()) return std::nullopt;
  const Piece& piece = *std::prev(behind);
  if (place_of(address) > place_of(piece.range.last)) return std::nullopt;
  return piece.hop;
}

std::optional<std::vector<IpRange>> cut_ranges(std::span<const IpRange> ranges,
                                               std::span<const IpNetwork> networks,
                                               std::size_t most) {
  const std::vector<Place> cuts = cuts_of(networks);
  std::vector<IpRange> pieces;
  for (const IpRange& range : ranges) {
    IpAddress first = range.first;
    auto cut = std::ranges::upper_bound(cuts, place_of(range.first));
    for (; cut != cuts.end() && *cut <= place_of(range.last); ++cut) {
      if (pieces.size() == most) return std::nullopt;
      pieces.push_back({first, address_of(cut->second - 1, cut->first)});
      first = address_of(cut->second, cut->first);
    }
    if (pieces.size() == most) return std::nullopt;
    pieces.push_back({first, range.last});
  }
  return pieces;
}

Result<HopMap> KernelHopFinder::hops_to(const IpSet& targets, const HopOptions& options) {
  auto kernel = Rtnetlink::open();
  if (!kernel) return kernel.error();
  const std::vector<IpRange> ranges = targets.ranges();
  // Of a router's million routes only those that cut a range are kept.
  const auto touches = [&](const IpNetwork& network) {
    const auto last_of = [](const IpRange& range) { return place_of(range.last); };
    const auto range = std::ranges::lower_bound(ranges, place_of(network.first()), {}, last_of);
    return range != ranges.end() && place_of(range->first) <= place_of(network.last());
  };
  std::vector<IpNetwork> networks;
  for (const Family family : {Family::v4, Family::v6}) {
    const bool wanted =
        std::ranges::any_of(ranges, [&](const IpRange& range) { return range.family() == family; });
    if (!wanted) continue;
    const auto told = kernel->for_each_route(family, [&](const IpNetwork& network) {
      if (touches(network)) networks.push_back(network);
    });
    if (!told) return told.error();
  }
  const auto pieces = cut_ranges(ranges, networks, options.most_pieces);
  if (!pieces) {
    return Error(Fault::limit, k_operation, "too many routes lead to them")
        .advising("scan fewer networks at a time, or name the interface");
  }
  HopMap map;
  for (const IpRange& piece : *pieces) map.add(piece, ask(*kernel, piece.first, options));
  return map;
}

Result<std::vector<LinkDevice>> KernelHopFinder::devices() {
  auto kernel = Rtnetlink::open();
  if (!kernel) return kernel.error();
  return kernel->devices();
}

Result<std::vector<KnownNeighbour>> KernelHopFinder::neighbours() {
  auto kernel = Rtnetlink::open();
  if (!kernel) return kernel.error();
  return kernel->neighbours();
}

}  // namespace patchbay
