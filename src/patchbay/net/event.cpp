#include "patchbay/net/event.hpp"

namespace patchbay {

Event::~Event() {
  while (waiting_ != nullptr) waiting_->end(Outcome::closed);
}

// Whoever waits is handed to the loop with its end already decided: a reset() in the same turn does
// not take the wake-up back.
void Event::set() {
  set_ = true;
  reverse(waiting_);
  while (waiting_ != nullptr) waiting_->end(Outcome::ok);
}

void Event::set_until_reset() {
  set_ = true;
  reverse(waiting_);
  while (waiting_ != nullptr) waiting_->retry();
}

bool Event::attempt(Op& op) { return set_ && op.finish(0); }

void Event::park(Op& op) {
  op.next_in_queue = waiting_;
  waiting_ = &op;
}

void Event::withdraw(Op& op) {
  Op** link = &waiting_;
  while (*link != &op) link = &(*link)->next_in_queue;
  *link = op.next_in_queue;
}

Result<> SleepOp::await_resume() const {
  const bool slept = outcome == Outcome::timed_out && !cut_short(until_);
  if (!slept) return failure();
  return ok();
}

YieldOp::YieldOp() : Op(OpKind::sleep, nullptr, -1, {}) {}

Result<> YieldOp::await_resume() const {
  if (!succeeded()) return failure();
  return ok();
}

}  // namespace patchbay
