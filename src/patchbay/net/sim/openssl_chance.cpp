#include "patchbay/net/sim/openssl_chance.hpp"

// The successor of these functions is a provider, which has to be there before the first use of
// random numbers in the process; this may come later.
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/rand.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <utility>

namespace patchbay::sim {

namespace {

thread_local Chance* t_chance = nullptr;

int fill(unsigned char* into, int size) {
  if (t_chance == nullptr) return RAND_OpenSSL()->bytes(into, size);
  for (int done = 0; done < size;) {
    const std::uint64_t bits = t_chance->bits();
    const int count = std::min(size - done, static_cast<int>(sizeof bits));
    std::memcpy(into + done, &bits, static_cast<std::size_t>(count));
    done += count;
  }
  return 1;
}

}  // namespace

OpensslChance::OpensslChance(Chance& chance) : previous_(std::exchange(t_chance, &chance)) {}
OpensslChance::~OpensslChance() { t_chance = previous_; }

void OpensslChance::install() {
  static const bool installed = [] {
    static RAND_METHOD method = *RAND_OpenSSL();
    method.bytes = fill;
    method.pseudorand = fill;
    return RAND_set_rand_method(&method) == 1;
  }();
  static_cast<void>(installed);
}

}  // namespace patchbay::sim
