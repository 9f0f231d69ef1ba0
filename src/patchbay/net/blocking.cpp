#include "patchbay/net/blocking.hpp"

#include <system_error>
#include <utility>

#include "patchbay/net/loop.hpp"

namespace patchbay {

BlockingPool::~BlockingPool() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
}

void BlockingPool::submit(std::function<void()> work, std::function<void()> done) {
  std::unique_lock lock(mutex_);
  jobs_.push_back({std::move(work), std::move(done)});
  if (idle_ < jobs_.size() && threads_.size() < options_.threads) add_thread();
  if (threads_.empty()) {
    // Slow, and everybody waits, but it is done: nobody else is there to do it.
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job.work();
    loop_.post(std::move(job.done));
    return;
  }
  changed_.notify_one();
}

// Where the limit of threads is reached, those that are there take the work one after the other.
void BlockingPool::add_thread() {
  try {
    threads_.emplace_back([this] { serve(); });
  } catch (const std::system_error&) {
  }
}

void BlockingPool::serve() {
  if (options_.begin) options_.begin();
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) return;
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job.work();
    loop_.post(std::move(job.done));
    lock.lock();
  }
}

Task<> off_loop(std::function<void()> work) {
  Loop& loop = Loop::current();
  if (!loop.engine().capabilities().threads) {
    work();
    co_return;
  }
  Event finished;
  loop.blocking_pool().submit(std::move(work), [&finished] { finished.set(); });
  co_await finished.wait_regardless();
}

Task<> off_loop(std::vector<std::function<void()>> works) {
  Loop& loop = Loop::current();
  if (works.empty()) co_return;
  if (!loop.engine().capabilities().threads) {
    for (const auto& work : works) work();
    co_return;
  }
  Event finished;
  std::size_t left = works.size();  // counted on the loop's thread
  for (auto& work : works) {
    loop.blocking_pool().submit(std::move(work), [&finished, &left] {
      if (--left == 0) finished.set();
    });
  }
  co_await finished.wait_regardless();
}

}  // namespace patchbay
