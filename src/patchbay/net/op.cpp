#include "patchbay/net/op.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "patchbay/net/loop.hpp"

namespace patchbay {

const char* operation_name(OpKind kind) {
  switch (kind) {
    case OpKind::sleep: return "sleep";
    case OpKind::event: return "wait for an event";
    case OpKind::join: return "wait for the end of tasks";
    case OpKind::accept: return "accept a connection on";
    case OpKind::connect: return "connect to";
    case OpKind::handshake: return "agree on TLS with";
    case OpKind::read:
    case OpKind::receive:
    case OpKind::read_all: return "read from";
    case OpKind::write:
    case OpKind::write_all:
    case OpKind::write_more:
    case OpKind::write_pieces: return "write to";
    case OpKind::send_file: return "send a file to";
    case OpKind::shutdown_write: return "end the sending side to";
    case OpKind::receive_batch: return "receive from";
    case OpKind::send_batch: return "send to";
    case OpKind::receive_error: return "read the error queue of";
    case OpKind::wait_readable: return "wait for";
    case OpKind::wait_end:
    case OpKind::wait_reset: return "wait for the end of";
  }
  std::unreachable();
}

namespace {

class ClosedPort final : public Port {
 public:
  bool attempt(Op& op) override {
    op.error = EBADF;
    op.outcome = Outcome::closed;
    return true;
  }
  void park(Op&) override {}  // never asked to: every attempt ends
  void withdraw(Op&) override {}
  Result<Endpoint> local(int) const override {
    return Error(Fault::closed, "read the local address of");
  }
  Result<Endpoint> peer(int) const override {
    return Error(Fault::closed, "read the peer's address of");
  }
  Result<> set_option(int, int, int, const void*, unsigned) override {
    return Error(Fault::closed, "set an option of");
  }
  Result<> get_option(int, int, int, void*, unsigned&) const override {
    return Error(Fault::closed, "read an option of");
  }
  Result<std::span<std::byte>> map(int, std::size_t) override {
    return Error(Fault::closed, "share memory by");
  }
};

}  // namespace

Port& Port::closed() {
  static ClosedPort port;
  return port;
}

void Port::close(int) {}

Result<Endpoint> Port::local(int) const {
  return Error::from_errno(ENOTSOCK, "read the local address of");
}

Result<Endpoint> Port::peer(int) const {
  return Error::from_errno(ENOTSOCK, "read the peer's address of");
}

Result<> Port::set_option(int, int, int, const void*, unsigned) {
  return Error::from_errno(ENOTSOCK, "set an option of");
}

Result<> Port::get_option(int, int, int, void*, unsigned&) const {
  return Error::from_errno(ENOTSOCK, "read an option of");
}

Result<std::span<std::byte>> Port::map(int, std::size_t) {
  return Error::from_errno(EOPNOTSUPP, "share memory by");
}

Error Port::explain(const Op& op) const {
  const Error error = Error::from_errno(op.error, operation_name(op.kind));
  if (op.kind == OpKind::connect) {
    return error.about(describe_native(reinterpret_cast<const sockaddr*>(op.data), op.size));
  }
  const Result<Endpoint> address = op.kind == OpKind::accept ? local(op.handle) : peer(op.handle);
  return address ? error.about(address->to_string()) : error;
}

void OpQueue::push(Op& op) {
  op.state_ = Op::State::queued;
  op.next_in_queue = nullptr;
  (first_ == nullptr ? first_ : last_->next_in_queue) = &op;
  last_ = &op;
}

namespace {

// Sending so much takes as long as some twenty requests and their answers.
constexpr std::size_t k_bulk_bytes = std::size_t{256} * 1024;

bool moves_much(const Op& op) {
  return op.kind == OpKind::send_file || (writes_all(op.kind) && op.size >= k_bulk_bytes);
}

}  // namespace

void ReadyQueue::push(Op& op) { (moves_much(op) ? bulk : brief).push(op); }

Op* OpQueue::pop() {
  Op* const op = first_;
  if (op != nullptr) first_ = op->next_in_queue;
  return op;
}

void prefetch(const Op* op) {
  if (op == nullptr) return;
  constexpr std::uintptr_t line_bytes = 64;
  // Numbers, since the first line lies before the op, in whatever frame holds it. A prefetch of an
  // address that is none does nothing.
  const auto first = reinterpret_cast<std::uintptr_t>(op) - line_bytes;
  for (std::uintptr_t i = 0; i < 4; ++i) {
    __builtin_prefetch(reinterpret_cast<const void*>(first + i * line_bytes), 1);
  }
}

void reverse(Op*& list) {
  Op* turned = nullptr;
  while (list != nullptr) {
    Op* const next = std::exchange(list->next_in_queue, turned);
    turned = std::exchange(list, next);
  }
  list = turned;
}

OpQueue OpQueue::take() {
  OpQueue taken = *this;
  first_ = last_ = nullptr;
  return taken;
}

bool Op::refused() {
  if (scope_ == nullptr || !scope_->cancelled() || kind == OpKind::join) return false;
  outcome = Outcome::cancelled;
  return true;
}

// An end that is clear from the start is charged like any other: a loop that only meets passed
// deadlines gives others their turn too.
bool Op::begin() {
  Loop& loop = Loop::current();
  if (refused()) return loop.may_go_on();
  if (!loop.options_.deadlines && kind != OpKind::sleep) {
    when = Instant::max();
  } else if (scope_ != nullptr && kind != OpKind::join && loop.options_.deadlines) {
    when = std::min(when, scope_->deadline().at());
  }
  if (when <= loop.now()) {
    outcome = Outcome::timed_out;
    return loop.may_go_on();
  }
  return loop.may_go_on() && port != nullptr && port->attempt(*this);
}

void Op::suspend(std::coroutine_handle<> waiter) {
  Loop& loop = Loop::current();
  waiter_ = waiter;
  since_ = loop.now();
  if (scope_ != nullptr) scope_->enter(*this);
  if (outcome != Outcome::none) {
    loop.ready_.push(*this);
    return;
  }
  if (when != Instant::max()) loop.timers_.arm(*this, when);
  if (port == nullptr) {
    state_ = State::parked;
  } else if (loop.out_of_turn() && may_try_later()) {
    loop.ready_.push(*this);  // it was not even tried: others have waited longer
  } else {
    park();
  }
}

// An event may be gone when the op has its turn: so it is asked now, which costs nothing, and the
// op waits where the event finds it or has its end already.
bool Op::may_try_later() {
  return (kind != OpKind::event && kind != OpKind::join) || port->attempt(*this);
}

void Op::queue_up(std::coroutine_handle<> waiter) {
  waiter_ = waiter;
  outcome = Outcome::ok;
  Loop& loop = Loop::current();
  since_ = loop.now();
  if (scope_ != nullptr) scope_->enter(*this);
  loop.ready_.push(*this);
}

void Op::park() {
  state_ = State::parked;
  port->park(*this);
}

void Op::end(Outcome how) {
  if (outcome != Outcome::none) return;  // it has its end already and only waits for its turn
  outcome = how;
  if (state_ != State::parked) return;
  if (port != nullptr) port->withdraw(*this);
  Loop::current().ready_.push(*this);
}

void Op::retry() {
  port->withdraw(*this);
  Loop::current().ready_.push(*this);
}

void Op::resume() {
  state_ = State::idle;
  if (scope_ != nullptr) scope_->leave(*this);
  Loop::current().timers_.cancel(*this);
  waiter_.resume();
}

Error Op::failure() const {
  switch (outcome) {
    case Outcome::timed_out: return Error(Fault::timed_out, operation_name(kind));
    case Outcome::cancelled: return Error(Fault::cancelled, operation_name(kind));
    case Outcome::closed: return Error(Fault::closed, operation_name(kind));
    default: return port->explain(*this);
  }
}

}  // namespace patchbay
