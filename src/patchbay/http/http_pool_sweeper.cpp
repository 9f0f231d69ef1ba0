#include "patchbay/http/http_pool_sweeper.hpp"

#include <algorithm>

namespace patchbay {

void HttpPoolSweeper::add(const std::shared_ptr<HttpClientPool>& pool) {
  std::erase_if(pools_, [](const auto& gone) { return gone.expired(); });
  pool->set_alarm(alarm_);
  pools_.push_back(pool);
}

// When the next is due.
Instant HttpPoolSweeper::sweep() {
  Instant next = Instant::max();
  for (const auto& each : pools_) {
    if (const auto pool = each.lock()) next = std::min(next, pool->sweep());
  }
  return next;
}

Task<Result<>> HttpPoolSweeper::run() {
  for (;;) {
    alarm_->at = sweep();
    alarm_->earlier.reset();
    const auto rung = co_await alarm_->earlier.wait(Deadline(alarm_->at));
    if (!rung && rung.error().fault() != Fault::timed_out) co_return rung;
  }
}

}  // namespace patchbay
