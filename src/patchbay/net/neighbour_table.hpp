// NeighbourTable: the hardware addresses of the hosts on a link, and who is still to be asked for
// one. It sends nothing itself and has no clock:
//
//   const auto id = table.entry(interface, address);
//   while (const auto question = table.next_question(now)) { … ARP or a solicitation … }
//   table.heard(interface, address, link);          who answered
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <unordered_map>
#include <vector>

#include "patchbay/base/time.hpp"
#include "patchbay/net/address.hpp"

namespace patchbay {

struct NeighbourOptions {
  unsigned tries = 9;             // questions before it is called absent, at least 1
  Duration pause = 100ms;         // between them
  std::size_t at_a_time = 1'024;  // questions that wait for an answer
};

class NeighbourTable {
 public:
  using Id = std::uint32_t;
  enum class State : std::uint8_t { unknown, known, absent };

  struct Question {
    Id id = 0;
    std::uint32_t interface = 0;
    IpAddress address;
  };

  explicit NeighbourTable(NeighbourOptions options = {}) : options_(options) {}

  // Of that neighbour; from the first time on it is asked for.
  Id entry(std::uint32_t interface, const IpAddress& address);
  State state(Id id) const { return entries_[id].state; }
  // Of a known one.
  const std::array<std::uint8_t, 6>& link(Id id) const { return entries_[id].link; }
  const IpAddress& address(Id id) const { return entries_[id].address; }
  // visit(address, link) for each known one.
  template <class Visit>
  void for_each_known(Visit visit) const {
    for (const Entry& entry : entries_) {
      if (entry.state == State::known) visit(entry.address, entry.link);
    }
  }

  // What a kernel knows. Where it is not `confirmed` it is believed, and asked for all the same.
  void learn(std::uint32_t interface, const IpAddress& address,
             const std::array<std::uint8_t, 6>& link, bool confirmed);
  // What came from the link: it is known from now on, whatever it was. Its id; nothing, and nothing
  // is kept, of a neighbour that nobody has asked for.
  std::optional<Id> heard(std::uint32_t interface, const IpAddress& address,
                          const std::array<std::uint8_t, 6>& link);

  // Whom to ask now. Nothing: ask again after an answer, or at wake_at().
  std::optional<Question> next_question(Instant now);
  // That question could not be sent: it counts as no try, and comes again after the pause.
  void not_asked(Id id);
  // Instant::max() where nobody is waited for.
  Instant wake_at() const;
  // One that has just become absent.
  std::optional<Id> next_absent();

 private:
  struct Key {
    std::uint32_t interface = 0;
    IpAddress address;
    bool operator==(const Key&) const = default;
  };
  struct KeyHash {
    std::size_t operator()(const Key& key) const;
  };
  struct Entry {
    std::uint32_t interface = 0;
    IpAddress address;
    std::array<std::uint8_t, 6> link = {};
    State state = State::unknown;
    bool confirmed = false;
    bool wanted = false;  // by somebody; otherwise the kernel told of it, and nobody asks
    bool waited_for = false;
    std::uint8_t asked = 0;
  };
  struct Waiting {
    Id id = 0;
    Instant until{};
  };

  Id find_or_add(std::uint32_t interface, const IpAddress& address);
  void pass_over(Instant now);

  NeighbourOptions options_;
  std::unordered_map<Key, Id, KeyHash> ids_;
  std::vector<Entry> entries_;
  std::deque<Id> to_ask_;
  std::deque<Waiting> waiting_;  // in the order of their times
  std::size_t unanswered_ = 0;   // of those
  std::deque<Id> absent_;
};

}  // namespace patchbay
