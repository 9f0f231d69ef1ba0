// ScanEvidence: what the answers so far say of those that are missing: how much is lost, who holds
// answers back, and whether enough was asked.
#pragma once

#include <cstdint>
#include <vector>

#include "patchbay/base/time.hpp"
#include "patchbay/tools/scan/run/held_back.hpp"
#include "patchbay/tools/scan/run/loss_estimate.hpp"
#include "patchbay/tools/scan/run/scan_findings.hpp"
#include "patchbay/tools/scan/run/scan_pace.hpp"

namespace patchbay {

// `rounds`: how many there were, the present one included.
class ScanEvidence {
 public:
  // What is given outlives it.
  ScanEvidence(const ScanPlan& plan, const ScanPace& pace, const ScanFindings& findings)
      : plan_(plan), pace_(pace), findings_(findings) {}

  // The first answer of a target. Where it does not tell which try it is to, it is taken for one
  // to the `latest`: that errs on the side of asking again.
  void answered(ScanTarget target, const ScanAnswer& answer, unsigned latest);
  // Counts a target that had answered and was asked once more, only to see whether it answers.
  void sampled(bool answered_again) { loss_.sampled(answered_again); }
  std::uint64_t samples() const { return loss_.samples(); }
  // Answers were lost in this host: whoever is silent is to be asked once more.
  void dropped(unsigned rounds) { asked_all_since_ = rounds; }
  // So many of the rounds count for none: answers to some targets were cut off, or the path stood
  // still.
  void waste(unsigned rounds) { wasted_ = rounds; }
  // Nobody answers any more, not even who did. So of the others nothing is known.
  void lose_sight() { has_lost_sight_ = true; }
  bool has_lost_sight() const { return has_lost_sight_; }
  // How many tries of each target count.
  unsigned tries(unsigned rounds) const { return rounds > wasted_ ? rounds - wasted_ : 1; }
  // To which tries the answers so far came is not known any more.
  void forget_tries() { knows_tries_ = false; }
  // The last of the rounds has ended, which was sent around that time. Looks for hosts that hold
  // answers back: once one was seen, it holds.
  void end_round(unsigned rounds, Instant sent);

  bool is_enough(unsigned rounds) const;
  // How many rounds there will be, by what is known of loss now, if there are `growth` times as
  // many answers in the end as there are after `rounds`.
  unsigned rounds_expected(unsigned rounds, double growth) const;
  // Nobody is left to be asked.
  bool knows_all() const;
  // The accuracy that was asked for has been reached.
  bool is_certain(unsigned rounds) const;
  bool is_held_back() const { return is_held_back_; }

  // The share of exchanges that failed, after so many rounds, and as it was seen.
  double loss(unsigned rounds) const { return loss_.loss(rounds); }
  double seen_loss() const { return loss_.seen_loss(); }
  // Open ports that were missed, as expected.
  double residual(unsigned rounds) const;

  // For a scan that goes on: what an earlier one had seen of losses.
  struct Losses {
    LossEstimate all = {};
    LossEstimate open = {};
  };
  Losses losses() const { return {.all = loss_, .open = open_loss_}; }
  void restore(const Losses& losses) {
    loss_ = losses.all;
    open_loss_ = losses.open;
  }

  // All of a host: silence may be that it holds answers back. `is_over`: no further round can tell.
  HostReport report(std::uint64_t host, unsigned rounds, bool is_over) const;

 private:
  double allowed_to_miss(double growth = 1) const;
  std::uint64_t hosts_looked_at() const;
  HoldsBack holds_back(std::uint64_t host, unsigned rounds) const;
  bool any_holds_back(HoldsBack least, unsigned rounds) const;

  const ScanPlan& plan_;
  const ScanPace& pace_;
  const ScanFindings& findings_;
  LossEstimate loss_;
  LossEstimate open_loss_;
  unsigned wasted_ = 0;
  unsigned asked_all_since_ = 0;  // the round in which an answer was last lost here
  bool is_held_back_ = false;     // some host was seen to hold answers back
  bool knows_tries_ = true;

  // Of hosts that are looked at; empty before the second round has ended.
  struct HostRounds {
    std::uint32_t late = 0;  // answers to later tries than the second, before this round
    PairedRounds rounds = {};
  };
  std::vector<HostRounds> host_rounds_;
  Instant last_sent_{};  // around when the last round was
  Duration last_gap_ = Duration::max();
  bool has_lost_sight_ = false;
};

}  // namespace patchbay
