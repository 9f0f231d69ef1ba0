#include "patchbay/tools/lab/relay.hpp"

#include <algorithm>
#include <cerrno>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

// Packets that are due so soon leave with the one that is due now: a wake-up costs as much as
// several packets, and a millisecond is what is promised.
constexpr Duration k_grain = 50us;

// What may be on its way in one direction: a tenth of a second at 20 Gbit/s.
constexpr std::size_t k_most_bytes = 256 << 20;

// The device at the other end is down, or did not like the packet: that one is lost, no more.
bool is_refusal(const Error& error) {
  switch (error.code()) {
    case EIO:
    case EINVAL:
    case ENOBUFS:
    case ENOMEM: return true;
    default: return false;
  }
}

}  // namespace

Pipe::Pipe(Tun& from, Tun& to, const Impairment& impairment, std::uint64_t seed, int mtu_bytes)
    : from_(from),
      to_(to),
      model_(impairment, seed),
      queue_(static_cast<std::size_t>(mtu_bytes),
             k_most_bytes / static_cast<std::size_t>(mtu_bytes)) {}

Task<Result<>> Pipe::run() { co_return co_await both(take_in(), hand_out()); }

RelayTotals Pipe::totals() const {
  RelayTotals totals = totals_;
  totals.link = model_.totals();
  return totals;
}

Task<Result<>> Pipe::take_in() {
  for (;;) {
    const auto size = co_await from_.receive(queue_.room());
    if (!size) co_return size.error().about(from_.name());
    const Instant now = Loop::current().now();
    const Deliveries deliveries = model_.pass(now, *size);
    const bool at_once = deliveries.count == 1 && deliveries.at[0] <= now && queue_.empty();
    if (!at_once) {
      queue_up(deliveries, *size);
      continue;
    }
    const auto sent = co_await to_.send(queue_.room().first(*size));
    if (!count(sent)) co_return sent.error().about(to_.name());
  }
}

// False: the other end is gone.
bool Pipe::count(const Result<std::size_t>& sent) {
  if (sent) {
    ++totals_.delivered_packets;
    totals_.delivered_bytes += *sent;
    return true;
  }
  if (!is_refusal(sent.error())) return false;
  ++totals_.refused_packets;
  return true;
}

void Pipe::queue_up(const Deliveries& deliveries, std::size_t size) {
  const Instant head = queue_.next_due();
  for (int i = 0; i < deliveries.count; ++i) {
    const bool is_last = i + 1 == deliveries.count;
    const Instant due = deliveries.at[i];
    const bool taken = is_last ? queue_.push(due, size) : queue_.push_copy(due, size);
    if (!taken) ++totals_.overflow_packets;
  }
  if (queue_.next_due() < head) head_changed_.set();
}

Task<Result<>> Pipe::hand_out() {
  for (;;) {
    if (queue_.next_due() > Loop::current().now() + k_grain) {
      head_changed_.reset();
      const auto woken = co_await head_changed_.wait(Deadline(queue_.next_due()));
      if (!woken && woken.error().fault() != Fault::timed_out) co_return woken.error();
      continue;
    }
    const auto packet = queue_.pop();
    const auto sent = co_await to_.send(packet);
    queue_.give_back(packet);
    if (!count(sent)) co_return sent.error().about(to_.name());
  }
}

}  // namespace patchbay
