#include "patchbay/net/sim/link.hpp"

#include "patchbay/net/sim/nic.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay::sim {

namespace {
std::uint64_t mixed(std::uint64_t seed, std::uint64_t number) {
  return Chance(seed + number * 0x9e3779b97f4a7c15).bits();
}
}  // namespace

Link::Link(World& world, std::uint64_t seed, const Impairment& impairment,
           const WireOptions& options)
    : world_(world),
      seed_(seed),
      impairment_(impairment),
      options_(options),
      corruption_(mixed(seed, 0)) {}

void Link::attach(Nic& end) {
  end.set_end(ends_.size());
  ends_.push_back(&end);
  const std::uint64_t seed = mixed(seed_, 1'000 * generation_ + ends_.size());
  ways_.push_back(std::make_unique<LinkModel>(impairment_, seed));
}

void Link::impair(const Impairment& impairment) {
  impairment_ = impairment;
  ++generation_;
  for (std::size_t i = 0; i < ways_.size(); ++i) {
    *ways_[i] = LinkModel(impairment_, mixed(seed_, 1'000 * generation_ + i + 1));
  }
}

LinkTotals Link::totals() const {
  LinkTotals sum;
  for (const auto& way : ways_) {
    const LinkTotals& totals = way->totals();
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
  LinkModel& model = *ways_[from.end()];
  if (to != nullptr) return deliver(model, std::move(packet), *to);
  for (Nic* const each : ends_) {
    if (each != &from) deliver(model, world_.packets().copy(*packet), *each);
  }
}

void Link::deliver(LinkModel& model, PacketPointer packet, Nic& to) {
  const Deliveries fate = model.pass(world_.now(), packet->wire_bytes());
  if (fate.count == 0) return;
  packet->to = &to;
  if (options_.corrupt > 0 && corruption_.happens(options_.corrupt)) corrupt(*packet);
  if (fate.count == 2) {
    world_.agenda().add(*world_.packets().copy(*packet).release(), fate.at[1]);
  }
  world_.agenda().add(*packet.release(), fate.at[0]);
}

void Link::corrupt(Packet& packet) {
  if (packet.size() == 0) return;
  const std::uint64_t dice = corruption_.bits();
  packet.bytes()[dice % packet.size()] ^= static_cast<std::byte>(1 + (dice >> 32) % 255);
}

}  // namespace patchbay::sim
