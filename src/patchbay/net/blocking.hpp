// Blocking work (files, databases, libraries that wait) beside the loop, on a few threads of its
// own.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

class Loop;

struct BlockingPoolOptions {
  std::size_t threads = 4;  // at the most, and at least 1
  // Is called on each thread before anything else; may not throw. A thread begins with the rights
  // of the one that starts it, say, and may have to give them up.
  std::function<void()> begin = {};
};

// Threads are started at the first use. The end of the pool waits for all that was submitted and
// joins them; each loop has a pool that ends with it.
class BlockingPool {
 public:
  explicit BlockingPool(Loop& loop, BlockingPoolOptions options = {})
      : loop_(loop), options_(std::move(options)) {}
  ~BlockingPool();
  BlockingPool(const BlockingPool&) = delete;
  BlockingPool& operator=(const BlockingPool&) = delete;

  // Calls work() on a thread of the pool, then done() on the loop's. Neither may throw. With one
  // thread the works are done one after the other. When the system has no thread left to begin
  // with, work() runs here, at once.
  void submit(std::function<void()> work, std::function<void()> done);

 private:
  struct Job {
    std::function<void()> work;
    std::function<void()> done;
  };

  void add_thread();
  void serve();

  Loop& loop_;
  const BlockingPoolOptions options_;
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
