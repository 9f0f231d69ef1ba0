#include "patchbay/tools/chat_bench/chat_bench_ledger.hpp"

#include <iterator>

namespace patchbay {

namespace {

// What is missing beyond that is lost, and if it came after all it would count as doubled.
constexpr std::size_t k_most_missing = 1'000'000;

}  // namespace

ChatBenchLedger::ChatBenchLedger(const ChatBenchPlan& plan)
    : plan_(plan),
      voices_(plan.voices()),
      readers_(plan.rooms, plan.members),
      reads_(plan.clients, true),
      sent_(voices_),
      next_(plan.memberships() * plan.talkers) {
  for (std::uint32_t room = 0; room < plan.rooms; ++room) first_.push_back(plan.first_of(room));
}

void ChatBenchLedger::leave(std::uint32_t client) {
  if (!reads_[client]) return;
  reads_[client] = false;
  plan_.for_each_room_of(client, [&](std::uint32_t room) {
    --readers_[room];
    const std::uint32_t member = plan_.member_of(first_[room], client);
    const std::uint64_t at = (std::uint64_t{room} * plan_.members + member) * plan_.talkers;
    for (std::uint32_t index = 0; index < plan_.talkers; ++index) {
      if (index == member) continue;
      owed_ -= sent_[room * plan_.talkers + index] - next_[at + index];
      next_[at + index] = sent_[room * plan_.talkers + index];
    }
    const auto begin = missing_.lower_bound({at, 0});
    const auto end = missing_.lower_bound({at + plan_.talkers, 0});
    owed_ -= static_cast<std::uint64_t>(std::distance(begin, end));
    missing_.erase(begin, end);
  });
}

ChatBenchLedger::Said ChatBenchLedger::say(std::uint32_t voice) {
  const std::uint32_t room = plan_.room_of(voice);
  const std::uint32_t owed = readers_[room] - (reads_[plan_.talker_of(voice)] ? 1 : 0);
  owed_ += owed;
  return {sent_[voice]++, owed};
}

bool ChatBenchLedger::deliver_out_of_order(std::uint64_t at, std::uint32_t voice,
                                           std::uint32_t sequence) {
  if (sequence >= sent_[voice]) return strange();
  if (sequence < next_[at]) {
    if (missing_.erase({at, sequence}) == 0) {
      ++doubled_;
      return false;
    }
    ++reordered_;
    ++delivered_;
    return true;
  }
  for (std::uint32_t passed = next_[at]; passed < sequence; ++passed) {
    if (missing_.size() == k_most_missing) break;
    missing_.emplace(at, passed);
  }
  next_[at] = sequence + 1;
  ++delivered_;
  return true;
}

}  // namespace patchbay
