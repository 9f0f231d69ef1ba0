// ProbeThreads: threads that send probes beside the loop, and close what takes long to close.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/event.hpp"

namespace patchbay {

// A kernel does most of a probe's work within the call that sends it, up to the answer where the
// other end is this host's too. So that is done on another processor, while the loop reads answers
// and makes the next probes.
//
// The threads have no right of this process: what they do with an open socket takes none. They are
// started when there is something to do, and joined with this. All of it is the loop's.
class ProbeThreads {
 public:
  // As many as are of use beside this loop: null on one processor, and where the engine has none.
  static std::unique_ptr<ProbeThreads> make();
  // At least one, whatever they run on.
  explicit ProbeThreads(std::size_t count);

  std::size_t count() const { return count_; }
  // Calls work() on one of them and then done() here, work by work in the order in which it came.
  void send(std::function<void()> work, std::function<void()> done);
  bool is_sending() const { return sending_ > 0; }
  // Until one of those works more is done; fault: cancelled. Or all of them, whoever cancels.
  Task<Result<>> wait_for_next();
  Task<> wait_for_all();
  // For works that nobody waits for, such as closing.
  BlockingPool& pool() { return pool_; }

 private:
  const std::size_t count_;
  std::size_t sending_ = 0;
  Event one_is_done_;
  BlockingPool pool_;
};

}  // namespace patchbay
