#include "patchbay/tools/scan/probe/probe_threads.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/rights.hpp"
#include "patchbay/net/socket_beside.hpp"

namespace patchbay {

namespace {

// The loop makes probes faster than this many threads send them, and then it sends, too.
constexpr unsigned k_most_threads = 2;

}  // namespace

std::unique_ptr<ProbeThreads> ProbeThreads::make() {
  if (!Loop::current().engine().capabilities().threads) return nullptr;
  const unsigned beside = usable_processors() - 1;
  if (beside == 0) return nullptr;
  return std::make_unique<ProbeThreads>(std::min(beside, k_most_threads));
}

// A thread begins with the rights of the one that starts it, and these may be laid aside there only
// to be taken up again. There is nothing that could be done where they cannot be given up.
ProbeThreads::ProbeThreads(std::size_t count)
    : count_(count),
      pool_(Loop::current(), {.threads = count, .begin = [] { (void)keep_rights({}); }}) {}

void ProbeThreads::send(std::function<void()> work, std::function<void()> done) {
  ++sending_;
  pool_.submit(std::move(work), [this, done = std::move(done)] {
    --sending_;
    done();
    one_is_done_.set();
  });
}

Task<Result<>> ProbeThreads::wait_for_next() {
  one_is_done_.reset();
  if (!is_sending()) co_return ok();
  co_return co_await one_is_done_.wait();
}

Task<> ProbeThreads::wait_for_all() {
  while (is_sending()) {
    one_is_done_.reset();
    co_await one_is_done_.wait_regardless();
  }
}

}  // namespace patchbay
