#include "patchbay/tools/scan/run/scan_order.hpp"

#include <algorithm>
#include <random>
#include <vector>

namespace patchbay {

namespace {

__extension__ typedef unsigned __int128 Wide;

std::uint64_t times_modulo(std::uint64_t a, std::uint64_t b, std::uint64_t modulus) {
  if (modulus <= UINT32_MAX) return a * b % modulus;  // a division of half the width
  return static_cast<std::uint64_t>(Wide{a} * b % modulus);
}

std::uint64_t power_modulo(std::uint64_t base, std::uint64_t exponent, std::uint64_t modulus) {
  std::uint64_t result = 1 % modulus;
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = times_modulo(result, base, modulus);
    base = times_modulo(base, base, modulus);
  }
  return result;
}

// The prime factors of `number`, which is below 2^41: so at most a million divisions.
std::vector<std::uint64_t> prime_factors(std::uint64_t number) {
  std::vector<std::uint64_t> factors;
  for (std::uint64_t factor = 2; factor * factor <= number; ++factor) {
    if (number % factor != 0) continue;
    factors.push_back(factor);
    while (number % factor == 0) number /= factor;
  }
  if (number > 1) factors.push_back(number);
  return factors;
}

// Enough for Miller and Rabin's test below 3.4e14 (Jaeschke 1993).
constexpr std::uint64_t k_witnesses[] = {2, 3, 5, 7, 11, 13, 17};

bool is_prime(std::uint64_t number) {
  if (number < 2) return false;
  for (const std::uint64_t small : k_witnesses) {
    if (number % small == 0) return number == small;
  }
  std::uint64_t odd = number - 1;
  int halved = 0;
  for (; odd % 2 == 0; odd /= 2) ++halved;
  return std::ranges::all_of(k_witnesses, [&](std::uint64_t base) {
    std::uint64_t x = power_modulo(base, odd, number);
    if (x == 1 || x == number - 1) return true;
    for (int i = 1; i < halved; ++i) {
      x = times_modulo(x, x, number);
      if (x == number - 1) return true;
    }
    return false;
  });
}

std::uint64_t prime_above(std::uint64_t number) {
  std::uint64_t prime = number + 1;
  while (!is_prime(prime)) ++prime;
  return prime;
}

}  // namespace

ScanOrder::ScanOrder(std::uint64_t count, std::uint64_t seed, std::uint32_t shard,
                     std::uint32_t shards)
    : count_(count), prime_(prime_above(std::max<std::uint64_t>(count, 2))), shards_(shards) {
  const std::uint64_t order = prime_ - 1;
  const auto factors = prime_factors(order);
  std::mt19937_64 chance(seed);
  std::uint64_t generator = 0;
  do {
    generator = 1 + chance() % order;
  } while (std::ranges::any_of(
      factors, [&](std::uint64_t factor) { return power(generator, order / factor) == 1; }));
  const std::uint64_t first = 1 + chance() % order;
  start_ = times(first, power(generator, shard));
  step_ = power(generator, shards);
  step_share_ = static_cast<std::uint64_t>((Wide{step_} << 64) / prime_);
  steps_ = shard < order ? (order - shard + shards - 1) / shards : 0;
  element_ = start_;
}

std::uint64_t ScanOrder::times(std::uint64_t a, std::uint64_t b) const {
  return times_modulo(a, b, prime_);
}

// Times the step, which is always the same: so a multiplication tells the quotient, or one less, in
// place of a division (Shoup's way): that takes a third less.
std::uint64_t ScanOrder::stepped(std::uint64_t element) const {
  const auto quotient = static_cast<std::uint64_t>(Wide{element} * step_share_ >> 64);
  const std::uint64_t rest = element * step_ - quotient * prime_;
  return rest < prime_ ? rest : rest - prime_;
}

std::uint64_t ScanOrder::power(std::uint64_t base, std::uint64_t exponent) const {
  return power_modulo(base, exponent, prime_);
}

std::optional<std::uint64_t> ScanOrder::next() {
  while (steps_taken_ < steps_) {
    const std::uint64_t element = element_;
    element_ = stepped(element_);
    ++steps_taken_;
    if (element <= count_) return element - 1;  // the few between the count and the prime are left
  }
  return std::nullopt;
}

void ScanOrder::rewind() {
  steps_taken_ = 0;
  element_ = start_;
}

void ScanOrder::go_to(std::uint64_t steps) {
  steps_taken_ = std::min(steps, steps_);
  element_ = times(start_, power(step_, steps_taken_));
}

std::uint64_t ScanOrder::size() const {
  if (shards_ == 1) return count_;
  ScanOrder all = *this;
  all.rewind();
  std::uint64_t size = 0;
  while (all.next()) ++size;
  return size;
}

}  // namespace patchbay
