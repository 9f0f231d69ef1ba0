// Op: one operation that a task waits for, and Port: whoever carries it out.
//
// An Op lives inside the frame of the coroutine that awaits it, so waiting allocates nothing. Its
// way: begin() tries it at once; if it cannot complete, it is parked at its port and its deadline
// is armed; the port calls it ready when another try is worth it; the loop tries again just before
// it resumes the task. Nothing is taken from a socket that the task does not get, so a cancel loses
// no data and no accepted connection.
#pragma once

#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <span>

#include "patchbay/base/error.hpp"
#include "patchbay/base/result.hpp"
#include "patchbay/net/address.hpp"
#include "patchbay/net/deadline.hpp"
#include "patchbay/net/scope.hpp"
#include "patchbay/net/timer_wheel.hpp"

namespace patchbay {

class Loop;
class Op;

enum class OpKind : std::uint8_t {
  sleep,           // until the deadline, which is then no fault
  event,           // until somebody sets it
  join,            // the same, out of reach of cancels and of inherited deadlines
  accept,          // done: the new handle
  connect,         // data, size: the native address
  handshake,       // TLS
  read,            // into data[0, size); done: bytes, 0 at the end
  receive,         // as read, into a buffer that the port takes from the loop when there is data
  read_all,        // until size bytes are there
  write,           // from data[0, size); done: bytes taken
  write_all,       // until size bytes are taken
  write_more,      // the same; the kernel may wait for what is written next
  write_pieces,    // argument: const iovec[size]; done: bytes taken of them, one after the other
  send_file,       // argument: FileRange*
  shutdown_write,  // says that nothing more comes; TLS says goodbye first
  receive_batch,   // argument: DatagramBatch*; done: datagrams
  send_batch,      // argument: DatagramBatch*; done: datagrams
  receive_error,   // argument: DatagramBatch*; from the error queue
  wait_readable,   // nothing is read; for libraries that read their sockets themselves
  wait_end,        // until the peer has ended its side or reset the connection; nothing is read
  wait_reset,      // until the connection is reset, or both sides have ended; nothing is read
};

// Is it the reading side of its socket that the operation waits for?
constexpr bool waits_to_read(OpKind kind) {
  switch (kind) {
    case OpKind::accept:
    case OpKind::read:
    case OpKind::receive:
    case OpKind::read_all:
    case OpKind::receive_batch:
    case OpKind::receive_error:
    case OpKind::wait_readable:
    case OpKind::wait_end:
    case OpKind::wait_reset: return true;
    default: return false;
  }
}

// Is it done only when all of its bytes are taken?
constexpr bool writes_all(OpKind kind) {
  return kind == OpKind::write_all || kind == OpKind::write_more;
}

// What completes "cannot …" in an error: "read from", "connect to".
const char* operation_name(OpKind kind);

enum class Outcome : std::uint8_t { none, ok, failed, timed_out, cancelled, closed };

// The seam between an operation and the world: an engine's sockets, TLS over a stream, an Event.
class Port {
 public:
  virtual ~Port() = default;

  // Tries op once, without blocking. True: its outcome is set. False: not yet.
  virtual bool attempt(Op& op) = 0;
  // Keeps op until another attempt is worth it, then hands it to the loop's queue of ready ops.
  virtual void park(Op& op) = 0;
  // Forgets a parked op.
  virtual void withdraw(Op& op) = 0;

  // Streams and sockets; an Event has none of these. Ends what still waits on it as `closed`.
  virtual void close(int handle);
  virtual Result<Endpoint> local(int handle) const;
  virtual Result<Endpoint> peer(int handle) const;
  virtual Result<> set_option(int handle, int level, int name, const void* value, unsigned size);
  virtual Result<> get_option(int handle, int level, int name, void* value, unsigned& size) const;
  // Memory that the kernel shares with this process by the socket, as a packet ring is. It stays
  // until the caller unmaps it (munmap(2)), also when the socket is closed.
  virtual Result<std::span<std::byte>> map(int handle, std::size_t bytes);

  // The error of an op whose outcome is `failed`.
  virtual Error explain(const Op& op) const;

  // The port of what was closed or moved away: whatever begins there ends at once, as `closed`.
  static Port& closed();
};

// Ops in the order in which they became ready.
class OpQueue {
 public:
  void push(Op& op);
  Op* pop();
  bool empty() const { return first_ == nullptr; }
  // Everything queued so far; this queue is empty afterwards.
  OpQueue take();

 private:
  Op* first_ = nullptr;
  Op* last_ = nullptr;
};

// What the loop does next: ops that take a moment, and apart from them those that move much, which
// would keep the others waiting for as long as a round of them takes.
struct ReadyQueue {
  OpQueue brief;
  OpQueue bulk;

  void push(Op& op);
  bool empty() const { return brief.empty() && bulk.empty(); }
};

// Asks the processor to fetch an op and what lies around it, the frame that waits for it, while
// something else is done: with many connections each of them has left the caches by its next turn.
void prefetch(const Op* op);

// A port's list of parked ops has the latest first; turned round, they wake in the order in which
// they came.
void reverse(Op*& list);

class Op : public Timer {
 public:
  Op(OpKind what, Port* by, int on, Deadline deadline, std::span<std::byte> memory = {})
      : kind(what), handle(on), port(by), data(memory.data()), size(memory.size()) {
    when = deadline.at();
  }
  Op(const Op&) = delete;
  Op& operator=(const Op&) = delete;

  // What the awaiting coroutine does with it.
  void enter(Scope& scope, const TaskTrace& task) {
    scope_ = &scope;
    task_ = &task;
  }
  bool await_ready() { return begin(); }
  void await_suspend(std::coroutine_handle<> waiter) { suspend(waiter); }

  // What a port does with it.
  bool finish(std::size_t result) {
    done = result;
    outcome = Outcome::ok;
    return true;
  }
  bool fail(int errno_value) {
    error = errno_value;
    outcome = Outcome::failed;
    return true;
  }

  // What the loop, a scope and a port do with a waiting one: end it with `how`. It is resumed from
  // the queue, never from here.
  void end(Outcome how);
  // Of a parked one: another attempt is worth it, in its turn. Its port must last until then.
  void retry();
  bool waiting() const { return state_ != State::idle; }
  // Of a waiting one: the task that waits, if it is one, and the turn in which it began to.
  const TaskTrace* task() const { return task_; }
  Instant since() const { return since_; }

  const OpKind kind;
  Outcome outcome = Outcome::none;
  bool blocked_on_other_side = false;  // TLS may have to write in order to read, and vice versa

 private:
  // One stands in every frame that waits, so each word counts: this one fills a gap.
  enum class State : std::uint8_t { idle, parked, queued };
  State state_ = State::idle;

 public:
  int handle;
  int error = 0;  // errno, when the outcome is `failed`
  Port* port;
  union {
    std::byte* data;
    void* argument;
  };
  std::size_t size;
  std::size_t done = 0;
  Op* next_in_queue = nullptr;  // the port's list while parked, the loop's queue when ready

 protected:
  bool succeeded() const { return outcome == Outcome::ok; }
  Error failure() const;
  // Is the deadline of the scope earlier than the one asked for?
  bool cut_short(Deadline asked) const { return when < asked.at(); }
  // Was the scope cancelled before it began? Then that is its end.
  bool refused();
  // Waits for nothing but its turn.
  void queue_up(std::coroutine_handle<> waiter);

 private:
  friend class Loop;
  friend class OpQueue;
  friend class Scope;

  bool begin();
  void suspend(std::coroutine_handle<> waiter);
  bool may_try_later();
  void park();
  void resume();

  std::coroutine_handle<> waiter_;
  Scope* scope_ = nullptr;
  const TaskTrace* task_ = nullptr;
  Instant since_{};
  Op* scope_previous_ = nullptr;
  Op* scope_next_ = nullptr;
};

template <class Visit>
void Scope::for_each_waiting(Visit visit) const {
  for (const Op* op = waiting_; op != nullptr; op = op->scope_next_) visit(*op);
  for (const Scope* child = first_child_; child != nullptr; child = child->next_) {
    child->for_each_waiting(visit);
  }
}

}  // namespace patchbay
