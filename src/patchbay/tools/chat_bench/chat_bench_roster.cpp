#include "patchbay/tools/chat_bench/chat_bench_roster.hpp"

namespace patchbay {

ChatBenchRoster::ChatBenchRoster(const ChatBenchPlan& plan)
    : plan_(plan), words_((plan.members + 63) / 64), there_(plan.clients), there_in_(plan.rooms) {
  bits_.resize(bytes_for(plan) / sizeof(std::uint64_t));
  for (std::uint32_t room = 0; room < plan.rooms; ++room) first_.push_back(plan.first_of(room));
}

std::uint64_t ChatBenchRoster::bytes_for(const ChatBenchPlan& plan) {
  return plan.memberships() * ((plan.members + 63) / 64) * sizeof(std::uint64_t);
}

// Pairs of this member and those who are there, itself included, of which one has not seen the
// other.
std::uint64_t ChatBenchRoster::unseen_pairs_of(std::uint32_t room, std::uint32_t member) const {
  if (!seen_any_) return 1 + 2 * std::uint64_t{there_in_[room]};  // they come before they look
  std::uint64_t unseen = has(room, member, member) ? 0 : 1;
  for (std::uint32_t other = 0; other < plan_.members; ++other) {
    if (other == member || !there_[plan_.client_of(room, other)]) continue;
    unseen += (has(room, member, other) ? 0U : 1U) + (has(room, other, member) ? 0U : 1U);
  }
  return unseen;
}

void ChatBenchRoster::expect(std::uint32_t client) {
  if (there_[client]) return;
  plan_.for_each_room_of(client, [&](std::uint32_t room) {
    unseen_ += unseen_pairs_of(room, plan_.member_of(first_[room], client));
    ++there_in_[room];
  });
  there_[client] = true;
}

void ChatBenchRoster::leave(std::uint32_t client) {
  if (!there_[client]) return;
  there_[client] = false;
  plan_.for_each_room_of(client, [&](std::uint32_t room) {
    --there_in_[room];
    unseen_ -= unseen_pairs_of(room, plan_.member_of(first_[room], client));
  });
}

bool ChatBenchRoster::saw(std::uint32_t reader, std::uint32_t room, std::uint32_t client) {
  if (room >= plan_.rooms || reader >= plan_.clients || client >= plan_.clients) return false;
  const std::uint32_t row = plan_.member_of(first_[room], reader);
  const std::uint32_t column = plan_.member_of(first_[room], client);
  if (row >= plan_.members || column >= plan_.members || has(room, row, column)) return false;
  seen_any_ = true;
  bits_[row_of(room, row) + column / 64] |= std::uint64_t{1} << (column % 64);
  if (there_[reader] && there_[client]) --unseen_;
  return true;
}

}  // namespace patchbay
