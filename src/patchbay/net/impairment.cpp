#include "patchbay/net/impairment.hpp"

#include <algorithm>
#include <cmath>

namespace patchbay {

namespace {

// Jitter is a line through random points that stand so many times the jitter apart. It falls by at
// most half of the time that passes, so of two packets the earlier also arrives earlier, at any
// rate of packets; drawn for each packet by itself it would reorder them or, kept in order, pile up
// at its upper end.
constexpr std::int64_t k_knot_distance = 4;

constexpr double k_nanoseconds = 1e9;

// The finalizer of splitmix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators).
std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  x = (x ^ (x >> 27)) * 0x94d049bb133111eb;
  return x ^ (x >> 31);
}

constexpr std::uint64_t k_step = 0x9e3779b97f4a7c15;

bool is_share(double value) { return value >= 0 && value <= 1; }

Error out_of_range(const char* why) { return Error(Fault::limit, "impair a link", why); }

// The share of time in the bad state that brings the loss asked for.
double bad_share(const Impairment& impairment) { return impairment.loss / impairment.burst_loss; }

}  // namespace

bool Impairment::perfect() const {
  return delay == Duration::zero() && jitter == Duration::zero() && loss == 0 && duplicate == 0 &&
         reorder == 0 && rate_bits_per_second == 0;
}

Result<> check(const Impairment& impairment) {
  for (const double share :
       {impairment.loss, impairment.burst_loss, impairment.duplicate, impairment.reorder}) {
    if (!is_share(share)) return out_of_range("a share is between 0 and 1 (0 % and 100 %)");
  }
  for (const Duration time : {impairment.delay, impairment.jitter, impairment.reorder_by}) {
    if (time < Duration::zero()) return out_of_range("no time can be negative");
  }
  if (impairment.queue_packets == 0) return out_of_range("the queue has to hold a packet");
  if (impairment.burst_packets == 0) return ok();
  if (impairment.burst_packets < 1) return out_of_range("a burst is at least one packet long");
  if (impairment.burst_loss == 0) return out_of_range("bursts that lose nothing are none");
  const double bad = bad_share(impairment);
  // Leaving the good state cannot be more than certain.
  if (bad >= 1 || bad / (1 - bad) / impairment.burst_packets > 1) {
    return out_of_range("bursts this short cannot bring so much loss")
        .advising("longer bursts, or less loss");
  }
  return ok();
}

std::uint64_t Chance::bits() { return mixed(state_ += k_step); }

double Chance::fraction() { return static_cast<double>(bits() >> 11) * 0x1p-53; }

LinkModel::LinkModel(const Impairment& impairment, std::uint64_t seed)
    : impairment_(impairment),
      jitter_seed_(mixed(seed + 1 * k_step)),
      loss_(mixed(seed + 2 * k_step)),
      duplicate_(mixed(seed + 3 * k_step)),
      reorder_(mixed(seed + 4 * k_step)) {
  if (impairment_.burst_packets == 0) return;
  const double bad = bad_share(impairment_);
  out_of_burst_ = 1 / impairment_.burst_packets;
  into_burst_ = std::min(1.0, out_of_burst_ * bad / (1 - bad));
  in_burst_ = loss_.happens(bad);
}

Deliveries LinkModel::pass(Instant now, std::size_t bytes) {
  ++totals_.offered_packets;
  totals_.offered_bytes += bytes;
  if (!began_) {
    began_ = true;
    began_at_ = free_at_ = now;
  }
  // Asked for every packet, whatever becomes of it, so that the streams of chance stay in step.
  const bool lost = loses();
  const bool twice = impairment_.duplicate > 0 && duplicate_.happens(impairment_.duplicate);
  const bool held_back = impairment_.reorder > 0 && reorder_.happens(impairment_.reorder);

  Deliveries deliveries;
  Instant departure = now;
  if (!departs(now, bytes, departure)) {
    ++totals_.dropped_packets;
    return deliveries;
  }
  if (lost) {
    ++totals_.lost_packets;
    return deliveries;
  }
  Instant arrival = departure + delay_at(departure);
  if (held_back) {
    ++totals_.reordered_packets;
    arrival += impairment_.reorder_by;
  }
  deliveries.at[deliveries.count++] = arrival;
  if (twice) {
    ++totals_.duplicated_packets;
    deliveries.at[deliveries.count++] = arrival;
  }
  return deliveries;
}

bool LinkModel::loses() {
  if (impairment_.loss == 0) return false;
  if (impairment_.burst_packets == 0) return loss_.happens(impairment_.loss);
  const bool lost = in_burst_ && loss_.happens(impairment_.burst_loss);
  if (loss_.happens(in_burst_ ? out_of_burst_ : into_burst_)) in_burst_ = !in_burst_;
  return lost;
}

// False: there is no room in the queue. Otherwise `departure` is when the last bit has left.
bool LinkModel::departs(Instant now, std::size_t bytes, Instant& departure) {
  if (impairment_.rate_bits_per_second == 0) return true;
  while (!queue_.empty() && queue_.front() <= now) queue_.pop_front();
  // The first in it is being sent and waits no more.
  if (queue_.size() > impairment_.queue_packets) return false;
  if (free_at_ < now) {
    free_at_ = now;
    sent_fraction_ns_ = 0;
  }
  const double takes_ns = static_cast<double>(bytes) * 8 * k_nanoseconds /
                              static_cast<double>(impairment_.rate_bits_per_second) +
                          sent_fraction_ns_;
  const double whole_ns = std::floor(takes_ns);
  sent_fraction_ns_ = takes_ns - whole_ns;
  free_at_ += Duration(static_cast<std::int64_t>(whole_ns));
  queue_.push_back(free_at_);
  departure = free_at_;
  return true;
}

double LinkModel::knot(std::int64_t index) const {
  Chance chance(jitter_seed_ + static_cast<std::uint64_t>(index) * k_step);
  return 2 * chance.fraction() - 1;
}

Duration LinkModel::delay_at(Instant departure) const {
  const std::int64_t jitter_ns = impairment_.jitter.count();
  if (jitter_ns == 0) return impairment_.delay;
  const std::int64_t distance_ns = k_knot_distance * jitter_ns;
  const std::int64_t since_ns = (departure - began_at_).count();
  const std::int64_t index = since_ns / distance_ns;
  const double along =
      static_cast<double>(since_ns % distance_ns) / static_cast<double>(distance_ns);
  const double part = knot(index) * (1 - along) + knot(index + 1) * along;
  const Duration shift(std::llround(part * static_cast<double>(jitter_ns)));
  return std::max(Duration::zero(), impairment_.delay + shift);
}

}  // namespace patchbay
