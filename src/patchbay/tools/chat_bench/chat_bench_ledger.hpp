// ChatBenchLedger: what was said, and what of it every client has been delivered: each line once
// and in its order, or a defect.
#pragma once

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "patchbay/tools/chat_bench/chat_bench_plan.hpp"

namespace patchbay {

// Lines of a voice are numbered from 0. Nobody is owed what they say themselves.
class ChatBenchLedger {
 public:
  // All members of all rooms are there and read.
  explicit ChatBenchLedger(const ChatBenchPlan& plan);

  // From now on nothing more is owed to this client, nor what it has not been delivered yet.
  void leave(std::uint32_t client);

  struct Said {
    std::uint32_t sequence;
    std::uint64_t owed;  // to so many clients
  };
  // The next line of a voice.
  Said say(std::uint32_t voice);

  // A line came to a client. True: for the first time, so it counts as delivered.
  bool deliver(std::uint32_t client, std::uint32_t voice, std::uint32_t sequence) {
    if (voice >= voices_) return strange();
    const std::uint32_t room = voice / plan_.talkers;
    const std::uint32_t index = voice % plan_.talkers;
    const std::uint32_t member = plan_.member_of(first_[room], client);
    if (member >= plan_.members) return strange();
    if (member == index) return false;  // its own, which some servers send back
    const std::uint64_t at = (std::uint64_t{room} * plan_.members + member) * plan_.talkers + index;
    if (sequence != next_[at] || sequence >= sent_[voice]) {
      return deliver_out_of_order(at, voice, sequence);
    }
    ++next_[at];
    ++delivered_;
    return true;
  }

  std::uint64_t owed() const { return owed_; }            // in all
  std::uint64_t delivered() const { return delivered_; }  // of it
  std::uint64_t outstanding() const { return owed_ - delivered_; }
  // Came a second time.
  std::uint64_t doubled() const { return doubled_; }
  // Came after one that was said later.
  std::uint64_t reordered() const { return reordered_; }
  // Nobody said it, or not in a room of this client.
  std::uint64_t strange_lines() const { return strange_; }

 private:
  bool strange() {
    ++strange_;
    return false;
  }
  bool deliver_out_of_order(std::uint64_t at, std::uint32_t voice, std::uint32_t sequence);

  const ChatBenchPlan plan_;
  const std::uint32_t voices_;
  std::vector<std::uint32_t> first_;    // the first client of each room
  std::vector<std::uint32_t> readers_;  // of each room
  std::vector<bool> reads_;             // of each client
  std::vector<std::uint32_t> sent_;     // of each voice
  std::vector<std::uint32_t> next_;     // of each membership and each voice of its room
  // What was passed over, which may still come: place in next_, and number.
  std::set<std::pair<std::uint64_t, std::uint32_t>> missing_;
  std::uint64_t owed_ = 0;
  std::uint64_t delivered_ = 0;
  std::uint64_t doubled_ = 0;
  std::uint64_t reordered_ = 0;
  std::uint64_t strange_ = 0;
};

}  // namespace patchbay
