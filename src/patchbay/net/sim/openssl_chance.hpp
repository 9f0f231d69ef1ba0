// OpensslChance: for as long as one stands, OpenSSL's random numbers on this thread come from a
// host's seed. Keys, nonces and signatures of TLS are then the same in each run with that seed, and
// so are their sizes; what still differs is the time that OpenSSL itself writes into tickets.
//
// For simulated worlds only: numbers that a seed decides are no secret.
#pragma once

#include "patchbay/net/impairment.hpp"

namespace patchbay::sim {

class OpensslChance {
 public:
  explicit OpensslChance(Chance& chance);
  ~OpensslChance();
  OpensslChance(const OpensslChance&) = delete;
  OpensslChance& operator=(const OpensslChance&) = delete;

  // Before the first of them. Where none stands, OpenSSL's numbers remain its own.
  static void install();

 private:
  Chance* previous_;
};

}  // namespace patchbay::sim
