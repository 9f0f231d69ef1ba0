// Blocking work (files, databases, libraries that wait) beside the loop, on a few threads of its
// own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

class Loop;

// Threads are started at the first use and joined with the loop.
class BlockingPool {
 public:
  explicit BlockingPool(Loop& loop) : loop_(loop) {}
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Calls work() on a thread of the pool, then done() on the loop's. Neither may throw. When the
  // system has no thread left to begin with, work() runs here, at once.
  void submit(std::function<void()> work, std::function<void()> done);

 private:
  static constexpr std::size_t k_threads = 4;

  struct Job {
    std::function<void()> work;
    std::function<void()> done;
  };

  void add_thread();
  void serve();

  Loop& loop_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool stopping_ = false;
  std::size_t idle_ = 0;
  std::vector<std::jthread> threads_;
};

// Runs `work` off the loop and waits for it. A cancel does not interrupt it: whatever it borrows
// stays valid until it has ended. An engine without threads runs it in place.
Task<> off_loop(std::function<void()> work);
// The same for several works at a time, as far as there are threads: until the last has ended.
Task<> off_loop(std::vector<std::function<void()>> works);

}  // namespace patchbay
