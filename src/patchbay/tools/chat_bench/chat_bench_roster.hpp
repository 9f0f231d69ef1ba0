// ChatBenchRoster: which members of its rooms every client has seen, by their coming or in a list.
#pragma once

#include <cstdint>
#include <vector>

#include "patchbay/tools/chat_bench/chat_bench_plan.hpp"

namespace patchbay {

class ChatBenchRoster {
 public:
  explicit ChatBenchRoster(const ChatBenchPlan& plan);

  // One bit for each pair of members of a room.
  static std::uint64_t bytes_for(const ChatBenchPlan& plan);

  // This client is there, so all members of its rooms are to see it, and it is to see them.
  void expect(std::uint32_t client);
  // It is there no more. Whoever has seen it is none the worse for it.
  void leave(std::uint32_t client);
  // `reader` was told that `client` is in `room`. False: it knew that, or it cannot be.
  bool saw(std::uint32_t reader, std::uint32_t room, std::uint32_t client);

  bool is_complete() const { return unseen() == 0; }
  // How many pairs are left: somebody there who has not seen somebody who is there.
  std::uint64_t unseen() const { return unseen_; }

 private:
  std::uint64_t row_of(std::uint32_t room, std::uint32_t member) const {
    return (std::uint64_t{room} * plan_.members + member) * words_;
  }
  bool has(std::uint32_t room, std::uint32_t reader, std::uint32_t member) const {
    return (bits_[row_of(room, reader) + member / 64] >> (member % 64) & 1) != 0;
  }
  std::uint64_t unseen_pairs_of(std::uint32_t room, std::uint32_t member) const;

  const ChatBenchPlan plan_;
  const std::uint64_t words_;  // of 64 members
  std::vector<std::uint32_t> first_;
  std::vector<bool> there_;              // of each client
  std::vector<std::uint32_t> there_in_;  // of each room
  std::vector<std::uint64_t> bits_;
  bool seen_any_ = false;
  std::uint64_t unseen_ = 0;
};

}  // namespace patchbay
