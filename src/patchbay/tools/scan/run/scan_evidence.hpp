// ScanEvidence: what the answers so far say of those that are missing: how much is lost, who holds
// answers back, and whether enough was asked.
#pragma once

#include <cstdint>

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
  // In so many of the rounds answers to some targets were cut off: they count for none.
  void waste(unsigned rounds) { wasted_ = rounds; }
  // How many tries of each target count.
  unsigned tries(unsigned rounds) const { return rounds > wasted_ ? rounds - wasted_ : 1; }
  // Looks for hosts that hold answers back. Once one was seen, it holds.
  void look_for_limits(unsigned rounds);

  bool is_enough(unsigned rounds) const;
  // How many rounds there will be, by what is known of loss now, if there are `growth` times as
  // many answers in the end as there are after `rounds`.
  unsigned rounds_expected(unsigned rounds, double growth) const;
  // Nobody is left to be asked.
  bool knows_all() const;
  // The accuracy that was asked for has been reached.
  bool is_certain(unsigned rounds) const;
  bool is_held_back() const { return is_held_back_; }
  bool is_limited(std::uint64_t host, unsigned rounds) const;

  // The share of exchanges that failed, after so many rounds, and as it was seen.
  double loss(unsigned rounds) const { return loss_.loss(rounds); }
  double seen_loss() const { return loss_.seen_loss(); }
  // Open ports that were missed, as expected.
  double residual(unsigned rounds) const;
  // All of a host: silence may be that it holds answers back.
  HostReport report(std::uint64_t host, unsigned rounds) const;

 private:
  double allowed_to_miss(double growth = 1) const;
  bool any_limited(unsigned rounds) const;

  const ScanPlan& plan_;
  const ScanPace& pace_;
  const ScanFindings& findings_;
  LossEstimate loss_;
  LossEstimate open_loss_;
  unsigned wasted_ = 0;
  unsigned asked_all_since_ = 0;  // the round in which an answer was last lost here
  bool is_held_back_ = false;     // some host was seen to hold answers back
};

}  // namespace patchbay
