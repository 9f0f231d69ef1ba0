// Event: a flag that tasks of one loop wait for. It belongs to that loop: only its tasks, and what
// is posted to it, may set it, in a simulated world too, where each host has a loop of its own.
#pragma once

#include "patchbay/base/result.hpp"
#include "patchbay/net/op.hpp"

namespace patchbay {

class Event;

class EventOp : public Op {
 public:
  EventOp(Port* event, Deadline deadline) : Op(OpKind::event, event, -1, deadline) {}
  Result<> await_resume() const {
    if (!succeeded()) return failure();
    return ok();
  }
};

// Neither a cancel nor an inherited deadline ends it: for joins.
class JoinOp : public Op {
 public:
  explicit JoinOp(Port* event) : Op(OpKind::join, event, -1, {}) {}
  void await_resume() const {}
};

class Event : private Port {
 public:
  explicit Event(bool set = false) : set_(set) {}
  ~Event() override;  // whoever still waits ends as `closed`
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  // Ends every wait, now and later, until reset().
  void set();
  void reset() { set_ = false; }
  // As set(), but a wait that has not had its turn goes on after a reset(). The event must last
  // until then.
  void set_until_reset();
  bool is_set() const { return set_; }

  EventOp wait(Deadline deadline = {}) { return {this, deadline}; }
  JoinOp wait_regardless() { return JoinOp(this); }

 private:
  bool attempt(Op& op) override;
  void park(Op& op) override;
  void withdraw(Op& op) override;

  Op* waiting_ = nullptr;
  bool set_;
};

// Until `deadline`, which is no fault here; `cancelled`, or `timed_out` when the scope's own
// deadline comes first.
class SleepOp : public Op {
 public:
  explicit SleepOp(Deadline until) : Op(OpKind::sleep, nullptr, -1, until), until_(until) {}
  Result<> await_resume() const;

 private:
  Deadline until_;
};

inline SleepOp sleep_until(Deadline deadline) { return SleepOp(deadline); }
inline SleepOp sleep_for(Duration duration) { return SleepOp(Deadline::after(duration)); }

// Lets every other task that is ready run first.
class YieldOp : public Op {
 public:
  YieldOp();
  bool await_ready() { return refused(); }
  void await_suspend(std::coroutine_handle<> waiter) { queue_up(waiter); }
  Result<> await_resume() const;
};
inline YieldOp yield() { return YieldOp(); }

}  // namespace patchbay
