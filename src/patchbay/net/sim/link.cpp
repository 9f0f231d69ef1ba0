#include "patchbay/net/sim/link.hpp"

#include <limits>

#include "patchbay/net/sim/misuse.hpp"
#include "patchbay/net/sim/nic.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay::sim {

namespace {

// What a network has to take, by RFC 791, and what the largest of packets holds.
constexpr int k_least_mtu_bytes = 576;
constexpr int k_most_mtu_bytes = 65'536;

std::uint64_t mixed(std::uint64_t seed, std::uint64_t number) {
  return Chance(seed + number * 0x9e3779b97f4a7c15).bits();
}

// What is left of it in a world without faults.
Impairment allowed(const Impairment& asked, const World& world) {
  if (const auto fine = check(asked); !fine) misuse(fine.error().describe());
  if (world.options().faults) return asked;
  return {.delay = asked.delay,
          .jitter = asked.jitter,
          .rate_bits_per_second = asked.rate_bits_per_second,
          .queue_packets = std::numeric_limits<std::size_t>::max()};
}

void corrupt(Packet& packet, Chance& chance) {
  if (packet.size() == 0) return;
  const std::uint64_t dice = chance.bits();
  packet.bytes()[dice % packet.size()] ^= static_cast<std::byte>(1 + (dice >> 32) % 255);
}

}  // namespace

Link::Link(World& world, std::uint64_t seed, const Impairment& impairment,
           const WireOptions& options)
    : world_(world), seed_(seed), impairment_(allowed(impairment, world)), options_(options) {
  if (options.mtu_bytes < k_least_mtu_bytes || options.mtu_bytes > k_most_mtu_bytes) {
    misuse("an MTU is 576 to 65,536 bytes");
  }
  set_corrupt(options.corrupt);
}

void Link::set_corrupt(double share) {
  if (!(share >= 0 && share <= 1)) misuse("the share of corrupted packets is 0 to 1");
  options_.corrupt = world_.options().faults ? share : 0;
}

// Each has chances of its own, so that traffic one way changes nothing for the other.
Link::Way Link::make_way(std::size_t end) const {
  const std::uint64_t number = 1'000 * generation_ + end + 1;
  return {.model = LinkModel(impairment_, mixed(seed_, number)),
          .corruption = Chance(mixed(~seed_, number))};
}

void Link::attach(Nic& end) {
  end.set_end(ends_.size());
  ends_.push_back(&end);
  ways_.push_back(make_way(ways_.size()));
}

void Link::impair(const Impairment& impairment) {
  impairment_ = allowed(impairment, world_);
  ++generation_;
  for (std::size_t end = 0; end < ways_.size(); ++end) ways_[end] = make_way(end);
}

LinkTotals Link::totals() const {
  LinkTotals sum;
  for (const Way& way : ways_) {
    const LinkTotals& totals = way.model.totals();
    sum.offered_packets += totals.offered_packets;
    sum.offered_bytes += totals.offered_bytes;
    sum.lost_packets += totals.lost_packets;
    sum.dropped_packets += totals.dropped_packets;
    sum.duplicated_packets += totals.duplicated_packets;
    sum.reordered_packets += totals.reordered_packets;
  }
  return sum;
}

void Link::carry(Nic& from, PacketPointer packet, Nic* to) {
  if (cut_) return;
  Way& way = ways_[from.end()];
  // What is for everybody leaves its sender once, and a switch behind that makes the copies.
  const Deliveries fate = way.model.pass(world_.now(), packet->wire_bytes());
  if (fate.count == 0) return;
  if (to != nullptr) return deliver(way, fate, std::move(packet), *to);
  for (Nic* const each : ends_) {
    if (each != &from) deliver(way, fate, world_.packets().copy(*packet), *each);
  }
}

void Link::deliver(Way& way, const Deliveries& fate, PacketPointer packet, Nic& to) {
  packet->to = &to;
  if (options_.corrupt > 0 && way.corruption.happens(options_.corrupt)) {
    corrupt(*packet, way.corruption);
  }
  if (fate.count == 2) {
    world_.agenda().add(*world_.packets().copy(*packet).release(), fate.at[1]);
  }
  world_.agenda().add(*packet.release(), fate.at[0]);
}

}  // namespace patchbay::sim
