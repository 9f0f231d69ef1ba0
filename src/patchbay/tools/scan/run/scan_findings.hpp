// ScanFindings: what has answered so far and how.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "patchbay/tools/scan/run/answer_map.hpp"
#include "patchbay/tools/scan/scan_plan.hpp"
#include "patchbay/tools/scan/scan_report.hpp"

namespace patchbay {

AnswerKind kind_of(PortState state);

// Two bits a target, and 16 bytes for each that is open or that somebody on the way spoke for. Of
// closed ports nothing more is kept, nor of the others beyond the first two million.
class ScanFindings {
 public:
  static constexpr std::size_t k_most_details = 2'000'000;
  // Of so many hosts at the most each has counters of its own.
  static constexpr std::uint64_t k_most_counted_hosts = 1'000'000;

  explicit ScanFindings(const ScanPlan& plan);

  AnswerKind at(ScanTarget target) const { return map_.at(target); }
  // From now on only these targets are told of: the others were not asked, or are not to be.
  void restrict_to(std::vector<bool> targets);
  std::uint64_t targets() const { return targets_; }
  // In place of what was known of the target.
  void record(ScanTarget target, const ScanAnswer& answer);
  bool has_answered(std::uint64_t host) const;

  // The host was given up on.
  void skip(std::uint64_t host);
  bool is_skipped(std::uint64_t host) const { return !skipped_.empty() && skipped_[host]; }
  bool any_skipped() const { return !skipped_.empty(); }
  // Of the others; nothing when there is none, or too many to look at.
  std::optional<std::uint64_t> most_silent_host() const;

  std::uint64_t count(AnswerKind kind) const { return counts_[static_cast<std::size_t>(kind)]; }
  std::uint64_t answered() const;
  std::uint64_t hosts_up() const { return hosts_up_; }

  // All of a host. Sorts what was recorded since the last report, so ask when the scan is over.
  HostReport report(std::uint64_t host) const;
  // How many targets are in each state, those that are silent included.
  void count_states(ScanTotals& totals) const;

  struct HostTally {
    std::uint32_t answers = 0;
    std::uint32_t second = 0;  // … to the second try
    std::uint32_t late = 0;    // … to a later one
  };
  // All zero of a host that has no counters.
  HostTally tally(std::uint64_t host) const;

  const AnswerMap& map() const { return map_; }

  struct Detail {
    ScanTarget target : 40;
    std::uint64_t reason : 8;
    std::uint64_t attempt : 8;
    std::uint64_t hop_limit : 8;
    std::uint32_t round_trip_us;  // UINT32_MAX: not known
    std::uint32_t by : 31;        // one more than its place in speakers(); 0: the host itself
    std::uint32_t zero_window : 1;
  };
  std::span<const Detail> details() const { return details_; }
  std::span<const IpAddress> speakers() const { return speakers_; }
  // For a scan that goes on: what an earlier one had recorded.
  void restore(std::vector<std::uint64_t> words, std::vector<Detail> details,
               std::vector<IpAddress> speakers);

 private:
  struct HostCount {
    HostTally tally = {};
    std::uint32_t fastest_us = UINT32_MAX;
    AnswerReason first = AnswerReason::no_response;
  };

  void count_host(std::uint64_t host, const ScanAnswer& answer);
  void restore_host(std::uint64_t host, AnswerReason reason);
  std::uint32_t speaker(const IpAddress& address);
  std::span<const Detail> details_of(std::uint64_t host) const;
  ScanAnswer answer_of(ScanTarget target, std::span<const Detail> details) const;
  PortState state_of(ScanTarget target) const;
  AnswerReason usual_reason(const ScanPort& port, PortState state) const;
  PortGroup group_of(const ScanAnswer& alike, const std::vector<std::size_t>& members) const;

  bool is_told(ScanTarget target) const { return told_.empty() || told_[target]; }

  const ScanPlan& plan_;
  std::uint64_t targets_;               // that are told of
  std::vector<bool> told_;              // empty: all of them
  std::vector<std::size_t> by_number_;  // places in ScanPlan::ports, in the order of their ports
  AnswerMap map_;
  std::array<std::uint64_t, 4> counts_ = {};
  mutable std::vector<Detail> details_;  // none twice; by host and target up to sorted_
  mutable std::size_t sorted_ = 0;
  std::vector<IpAddress> speakers_;
  std::vector<HostCount> hosts_;
  std::vector<bool> host_answered_;
  std::vector<bool> skipped_;  // hosts; empty while none is
  std::uint64_t hosts_up_ = 0;
};

}  // namespace patchbay
