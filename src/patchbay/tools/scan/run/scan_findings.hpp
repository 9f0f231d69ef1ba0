// ScanFindings: what has answered so far and how.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "patchbay/tools/scan/run/answer_details.hpp"
#include "patchbay/tools/scan/run/answer_map.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

AnswerKind kind_of(PortState state);

// Two bits a target at the most (AnswerMap), and what AnswerDetails keeps of those that are open or
// that somebody on the way spoke for. Of closed ports nothing more is kept.
class ScanFindings {
 public:
  // Of so many hosts at the most each has counters of its own.
  static constexpr std::uint64_t k_most_counted_hosts = 1'000'000;

  explicit ScanFindings(const ScanPlan& plan);

  AnswerKind at(ScanTarget target) const { return map_.at(target); }
  // From now on only these targets are told of: the others were not asked, or are not to be.
  void restrict_to(std::vector<bool> targets);
  std::uint64_t targets() const { return targets_; }
  bool is_told_of(std::uint64_t host) const;
  // In place of what was known of the target.
  void record(ScanTarget target, const ScanAnswer& answer);
  bool has_answered(std::uint64_t host) const { return host_answered_[host]; }

  // The host was given up on.
  void skip(std::uint64_t host);
  bool is_skipped(std::uint64_t host) const { return !skipped_.empty() && skipped_[host]; }
  bool any_skipped() const { return !skipped_.empty(); }
  // Of the others; nothing when there is none, or too many to look at.
  std::optional<std::uint64_t> most_silent_host() const;

  std::uint64_t count(AnswerKind kind) const;
  std::uint64_t answered() const { return targets_ - count(AnswerKind::none); }
  std::uint64_t hosts_up() const { return hosts_up_; }

  std::uint64_t open_ports(std::uint64_t host) const { return map_.count(host, AnswerKind::open); }
  // All of a host. Sorts what was recorded since the last report, so ask when the scan is over.
  HostReport report(std::uint64_t host) const;
  // How many targets are in each state, those that are silent included.
  void count_states(ScanTotals& totals) const;

  struct HostTally {
    std::uint32_t answers = 0;
    // Of these, but for ICMP errors, which nearly everybody sends a few times a second only:
    std::uint32_t second = 0;  // to the second try
    std::uint32_t late = 0;    // to a later one
  };
  // All zero of a host that has no counters.
  HostTally tally(std::uint64_t host) const;

  const AnswerMap& map() const { return map_; }
  const AnswerDetails& details() const { return details_; }
  std::span<const IpAddress> speakers() const { return details_.speakers(); }
  // For a scan that goes on: what an earlier one had recorded, as AnswerMap::words() have it and
  // AnswerDetails::saved().
  void restore(std::span<const std::uint64_t> words, AnswerDetails::Saved details);

  std::size_t bytes() const;  // of memory

 private:
  struct HostCount {
    HostTally tally = {};
    std::uint32_t fastest_us = UINT32_MAX;
    AnswerReason first = AnswerReason::no_response;
  };
  using KindCounts = std::array<std::uint64_t, 4>;  // by AnswerKind

  std::uint64_t& count_of(std::size_t port, AnswerKind kind) {
    const auto protocol = static_cast<std::size_t>(plan_.ports[port].protocol);
    return counts_[protocol][static_cast<std::size_t>(kind)];
  }
  ScanTarget target_of(std::uint64_t host, std::size_t port) const {
    return port * host_count_ + host;
  }
  bool is_told(ScanTarget target) const { return told_.empty() || told_[target]; }

  void count_all();
  void count_host(std::uint64_t host, const ScanAnswer& answer);
  void restore_host(std::uint64_t host, AnswerReason reason);
  ScanAnswer answer_of(std::uint64_t host, std::size_t port,
                       std::span<const AnswerDetails::Detail> details) const;
  PortState state_of(ScanProtocol protocol, AnswerKind kind) const;
  AnswerReason usual_reason(ScanProtocol protocol, AnswerKind kind) const;

  const ScanPlan& plan_;
  const std::uint64_t host_count_;
  std::uint64_t targets_;                 // that are told of
  std::vector<bool> told_;                // empty: all of them
  std::vector<std::uint32_t> by_number_;  // places in ScanPlan::ports, in the order of their ports
  AnswerMap map_;
  std::array<KindCounts, 4> counts_ = {};  // of those that are told of, by ScanProtocol
  AnswerDetails details_;
  std::vector<HostCount> hosts_;  // empty where they are too many
  std::vector<bool> host_answered_;
  std::vector<bool> skipped_;  // hosts; empty while none is
  std::uint64_t hosts_up_ = 0;
};

}  // namespace patchbay
