// ServeState: what the threads of one server share.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "patchbay/http/http_headcount.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/http/serve_metrics.hpp"
#include "patchbay/tools/http/serve_plan.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

class ServeThread;

class ServeState {
 public:
  ServeState(HttpServePlan first, ReadServePlan read_again, Output& output);

  Output& out;
  ServeMetrics metrics;
  const ReadServePlan read_again;
  const std::shared_ptr<TlsTicketKeys> ticket_keys;
  const std::shared_ptr<HttpHeadcount> headcount = std::make_shared<HttpHeadcount>();

  // What is in force. Written by the first thread alone, when all have begun; the others read it
  // when they begin.
  std::shared_ptr<const HttpServePlan> plan;
  // Grows when another plan comes into force: at that moment all threads have it at hand, and what
  // they begin from then on goes by it.
  std::atomic<unsigned> generation = 1;

  // Each thread, when it serves and when it no longer does.
  void enter(unsigned index, ServeThread& thread);
  void leave(unsigned index) { threads_[index] = nullptr; }
  // Of the first thread: waits until all serve.
  EventOp all_entered() { return all_entered_.wait(); }

  // Once all have entered. A thread that has left is passed over.
  void post_to_others(const std::function<void(ServeThread&)>& work);
  void post_to_first(std::move_only_function<void()> work) { loops_[0]->post(std::move(work)); }
  std::size_t others() const { return loops_.size() - 1; }

 private:
  std::mutex mutex_;
  std::size_t entered_ = 0;
  std::vector<Loop*> loops_;           // they outlast the state's threads
  std::vector<ServeThread*> threads_;  // each is known to its own thread only
  Event all_entered_;                  // of the first loop
};

}  // namespace patchbay
