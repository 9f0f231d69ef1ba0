#include "patchbay/net/neighbour_table.hpp"

#include <utility>

namespace patchbay {

std::size_t NeighbourTable::KeyHash::operator()(const Key& key) const {
  std::size_t mixed = key.interface;
  for (const std::uint8_t byte : key.address.bytes()) mixed = mixed * 0x100000001b3 ^ byte;
  return mixed * 0x9e3779b97f4a7c15 >> 16;
}

NeighbourTable::Id NeighbourTable::find_or_add(std::uint32_t interface, const IpAddress& address) {
  const auto [place, is_new] =
      ids_.try_emplace({interface, address}, static_cast<Id>(entries_.size()));
  if (is_new) entries_.push_back({.interface = interface, .address = address});
  return place->second;
}

NeighbourTable::Id NeighbourTable::entry(std::uint32_t interface, const IpAddress& address) {
  const Id id = find_or_add(interface, address);
  Entry& found = entries_[id];
  if (!found.wanted) {
    found.wanted = true;
    if (!found.confirmed) to_ask_.push_back(id);
  }
  return id;
}

void NeighbourTable::learn(std::uint32_t interface, const IpAddress& address,
                           const std::array<std::uint8_t, 6>& link, bool confirmed) {
  Entry& found = entries_[find_or_add(interface, address)];
  found.link = link;
  found.state = State::known;
  found.confirmed = confirmed;
}

std::optional<NeighbourTable::Id> NeighbourTable::heard(std::uint32_t interface,
                                                        const IpAddress& address,
                                                        const std::array<std::uint8_t, 6>& link) {
  const auto place = ids_.find({interface, address});
  if (place == ids_.end() || !entries_[place->second].wanted) return std::nullopt;
  Entry& found = entries_[place->second];
  found.link = link;
  found.state = State::known;
  found.confirmed = true;
  if (std::exchange(found.waited_for, false)) --unanswered_;
  return place->second;
}

// Those whose time is over are asked again, or given up.
void NeighbourTable::pass_over(Instant now) {
  while (!waiting_.empty() &&
         (waiting_.front().until <= now || !entries_[waiting_.front().id].waited_for)) {
    const Id id = waiting_.front().id;
    waiting_.pop_front();
    Entry& silent = entries_[id];
    if (!std::exchange(silent.waited_for, false)) continue;
    --unanswered_;
    if (silent.asked < options_.tries) {
      to_ask_.push_front(id);
    } else if (silent.state == State::unknown) {
      silent.state = State::absent;
      absent_.push_back(id);
    }
  }
}

std::optional<NeighbourTable::Question> NeighbourTable::next_question(Instant now) {
  pass_over(now);
  while (!to_ask_.empty() && unanswered_ < options_.at_a_time) {
    const Id id = to_ask_.front();
    to_ask_.pop_front();
    Entry& asked = entries_[id];
    if (asked.confirmed) continue;
    ++asked.asked;
    asked.waited_for = true;
    ++unanswered_;
    waiting_.push_back({id, now + options_.pause});
    return Question{id, asked.interface, asked.address};
  }
  return std::nullopt;
}

void NeighbourTable::not_asked(Id id) {
  if (entries_[id].asked > 0) --entries_[id].asked;
}

Instant NeighbourTable::wake_at() const {
  return waiting_.empty() ? Instant::max() : waiting_.front().until;
}

std::optional<NeighbourTable::Id> NeighbourTable::next_absent() {
  if (absent_.empty()) return std::nullopt;
  const Id id = absent_.front();
  absent_.pop_front();
  return id;
}

}  // namespace patchbay
