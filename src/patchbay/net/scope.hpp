// Scope: what is cancelled together. Scopes form a tree; cancelling one ends every operation that
// waits in it or below it, and lets none begin afterwards.
#pragma once

#include <coroutine>
#include <source_location>

#include "patchbay/net/deadline.hpp"

namespace patchbay {

class Op;

// Whom a task that nobody awaits belongs to: the group that spawned it.
class TaskOwner {
 public:
  // The task of this frame has ended; destroys the frame.
  virtual void ended(std::coroutine_handle<> frame) = 0;

 protected:
  ~TaskOwner() = default;
};

// Where a task is and for whom it runs; what a report of who waits for what prints.
struct TaskTrace {
  std::source_location at;            // the co_await it came to last
  const TaskTrace* caller = nullptr;  // the task that awaits this one; none for a spawned task
};

class Scope {
 public:
  struct Options {
    Deadline deadline = {};  // limits every operation inside; ends them as timed_out
    TaskOwner* owner = nullptr;
    bool shielded = false;  // cancelling the parent stops here, and its deadline does not count
  };

  explicit Scope(Scope* parent) : Scope(parent, Options{}) {}
  Scope(Scope* parent, Options options);
  ~Scope();  // nothing may be left waiting inside
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

  void cancel();
  bool cancelled() const { return cancelled_; }
  Deadline deadline() const { return deadline_; }
  TaskOwner* owner() const { return owner_; }

  // The operations that wait here and below now, joins included.
  template <class Visit>
  void for_each_waiting(Visit visit) const;

 private:
  friend class Op;

  void enter(Op& op);
  void leave(Op& op);

  Scope* parent_;
  Scope* first_child_ = nullptr;
  Scope* previous_ = nullptr;  // siblings
  Scope* next_ = nullptr;
  Op* waiting_ = nullptr;
  TaskOwner* owner_;
  Deadline deadline_;
  bool cancelled_ = false;
  bool shielded_;
};

}  // namespace patchbay
