#include "patchbay/tools/scan/run/host_spacing.hpp"

#include <algorithm>

namespace patchbay {

namespace {

// One host needs no more: the next of its targets is known when this one's turn has come.
std::size_t room_for(std::uint64_t hosts) {
  constexpr std::uint64_t k_most = 4096;
  return static_cast<std::size_t>(std::clamp<std::uint64_t>(hosts, 1, k_most));
}

}  // namespace

HostSpacing::HostSpacing(Duration least, std::uint64_t hosts)
    : least_(least), hosts_(hosts), most_waiting_(room_for(hosts)) {}

bool HostSpacing::is_free(std::uint64_t host, Instant now) const {
  return now >= hosts_[host].free_at && now >= hosts_[host].given_until;
}

// A host that is held is looked at again later.
Instant HostSpacing::turn_of(std::uint64_t host, Instant now) const {
  const Instant free_at = hosts_[host].free_at;
  return free_at == Instant::max() ? now + least_ : free_at;
}

void HostSpacing::put_off(const ScanProbe& probe, std::uint64_t host, Instant now) {
  const Instant turn = std::max(turn_of(host, now), hosts_[host].given_until);
  hosts_[host].given_until = turn + least_;
  waiting_.push({.turn = turn, .host = host, .probe = probe});
}

std::optional<ScanProbe> HostSpacing::take(Instant now) {
  while (!waiting_.empty() && waiting_.top().turn <= now) {
    Waiting next = waiting_.top();
    waiting_.pop();
    if (now >= hosts_[next.host].free_at) return next.probe;
    // The one before it left late.
    next.turn = turn_of(next.host, now);
    waiting_.push(next);
  }
  return std::nullopt;
}

std::vector<ScanProbe> HostSpacing::waiting() const {
  std::vector<ScanProbe> all;
  for (auto rest = waiting_; !rest.empty(); rest.pop()) all.push_back(rest.top().probe);
  return all;
}

}  // namespace patchbay
