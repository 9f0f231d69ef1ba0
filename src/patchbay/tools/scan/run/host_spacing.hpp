// HostSpacing: so much time between two probes to one host (--scan-delay). A probe that comes too
// early waits here for its turn, so that other hosts are asked meanwhile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <vector>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/scan/run/scan_probe.hpp"

namespace patchbay {

// Hosts are numbers below `hosts`, each of which takes 16 bytes.
class HostSpacing {
 public:
  // `least` > 0.
  HostSpacing(Duration least, std::uint64_t hosts);

  bool is_free(std::uint64_t host, Instant now) const;
  // A probe to it leaves now.
  void sent(std::uint64_t host, Instant now) { hosts_[host].free_at = now + least_; }
  // One is on its way out, and when it leaves sent() will tell.
  void hold(std::uint64_t host) { hosts_[host].free_at = Instant::max(); }

  bool has_room() const { return waiting_.size() < most_waiting_; }
  bool is_empty() const { return waiting_.empty(); }
  std::size_t size() const { return waiting_.size(); }
  // Each of a host's has a turn of its own. Not without room.
  void put_off(const ScanProbe& probe, std::uint64_t host, Instant now);
  // One whose turn has come.
  std::optional<ScanProbe> take(Instant now);
  // Instant::max() when nobody waits.
  Instant next_turn() const { return waiting_.empty() ? Instant::max() : waiting_.top().turn; }
  std::vector<ScanProbe> waiting() const;

 private:
  struct Host {
    Instant free_at = Instant::min();
    Instant given_until = Instant::min();  // turns have been given away until then
  };
  struct Waiting {
    Instant turn;
    std::uint64_t host;
    ScanProbe probe;

    bool operator>(const Waiting& other) const { return turn > other.turn; }
  };

  Instant turn_of(std::uint64_t host, Instant now) const;

  const Duration least_;
  std::vector<Host> hosts_;
  const std::size_t most_waiting_;
  std::priority_queue<Waiting, std::vector<Waiting>, std::greater<>> waiting_;
};

}  // namespace patchbay
