// Task<T>: a lazy coroutine. It begins when it is awaited, ends with one T, and belongs to whoever
// holds it. Nothing throws through a task: an exception that escapes one ends the program.
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <source_location>
#include <type_traits>
#include <utility>

#include "patchbay/net/frame_pool.hpp"
#include "patchbay/net/op.hpp"
#include "patchbay/net/scope.hpp"

namespace patchbay {

template <class T = void>
class Task;

class TaskPromise {
 public:
  std::suspend_always initial_suspend() noexcept { return {}; }

  struct Final {
    bool await_ready() noexcept { return false; }
    template <class Promise>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> frame) noexcept {
      const TaskPromise& promise = frame.promise();
      if (promise.continuation_) return promise.continuation_;
      // Nobody awaits it: it is a group's, or the loop's main task, whose frame stays.
      TaskOwner* const owner = promise.scope_->owner();
      if (owner != nullptr) owner->ended(frame);
      return std::noop_coroutine();
    }
    void await_resume() noexcept {}
  };
  Final final_suspend() noexcept { return {}; }

  void unhandled_exception() { std::terminate(); }

  // Everything awaited inside joins this task's scope.
  template <class Awaitable>
  Awaitable&& await_transform(Awaitable&& awaitable,
                              std::source_location at = std::source_location::current()) {
    trace_.at = at;
    awaitable.enter(*scope_, trace_);
    return std::forward<Awaitable>(awaitable);
  }

  static void* operator new(std::size_t size) { return FramePool::allocate(size); }
  static void operator delete(void* frame, std::size_t size) { FramePool::release(frame, size); }

 private:
  template <class T>
  friend class Task;

  std::coroutine_handle<> continuation_;
  Scope* scope_ = nullptr;
  TaskTrace trace_;
};

template <class T>
class TaskResult : public TaskPromise {
 public:
  template <class U>
  void return_value(U&& value) {
    value_.emplace(std::forward<U>(value));
  }
  T take() { return std::move(*value_); }

 private:
  std::optional<T> value_;
};

template <>
class TaskResult<void> : public TaskPromise {
 public:
  void return_void() {}
  void take() {}
};

template <class T>
class [[nodiscard]] Task {
 public:
  struct promise_type : TaskResult<T> {
    Task get_return_object() {
      return Task(std::coroutine_handle<promise_type>::from_promise(*this));
    }
  };

  Task(Task&& other) noexcept : frame_(std::exchange(other.frame_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(frame_, other.frame_);
    return *this;
  }
  ~Task() {
    if (frame_) frame_.destroy();
  }

  // Awaiting: the child runs at once, in the scope of the one who awaits, and hands over its value.
  void enter(Scope& scope, const TaskTrace& caller) {
    auto& promise = frame_.promise();
    if (promise.scope_ == nullptr) promise.scope_ = &scope;
    promise.trace_.caller = &caller;
  }
  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> waiter) noexcept {
    frame_.promise().continuation_ = waiter;
    return frame_;
  }
  T await_resume() { return frame_.promise().take(); }

  // For those who run tasks: the loop, groups. A scope set here wins over the awaiting task's.
  void set_scope(Scope& scope) { frame_.promise().scope_ = &scope; }
  void start() { frame_.resume(); }
  bool done() const { return frame_.done(); }
  T take() { return frame_.promise().take(); }

  // Starts the task and leaves its frame to the owner of its scope, which hears of its end,
  // possibly before this returns.
  void start_owned(Scope& scope) && {
    set_scope(scope);
    std::exchange(frame_, nullptr).resume();
  }

 private:
  explicit Task(std::coroutine_handle<promise_type> frame) : frame_(frame) {}

  std::coroutine_handle<promise_type> frame_;
};

// `Scope& scope = co_await current_scope();`
struct CurrentScope {
  void enter(Scope& scope, const TaskTrace&) { scope_ = &scope; }
  bool await_ready() const noexcept { return true; }
  void await_suspend(std::coroutine_handle<>) const noexcept {}
  Scope& await_resume() const noexcept { return *scope_; }
  Scope* scope_ = nullptr;
};
inline CurrentScope current_scope() { return {}; }

}  // namespace patchbay
