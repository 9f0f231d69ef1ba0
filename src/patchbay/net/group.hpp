// Structured concurrency: children live in a group that waits for every one of them, cancelling
// flows down the tree, and nothing is detached.
#pragma once

#include <functional>
#include <type_traits>
#include <utility>

#include "patchbay/base/result.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

namespace detail {

// A child outlives the statement that spawned it, so its parameters must be values, or references
// to things that the spawner names with std::ref and that outlive the group.
template <class Parameter, class Argument>
inline constexpr bool k_lives_long_enough =
    !std::is_reference_v<Parameter> ||
    (std::is_lvalue_reference_v<Parameter> && requires(std::remove_cvref_t<Argument> argument) {
      []<class T>(std::reference_wrapper<T>) {}(argument);
    });

// A body's reference parameter gets the kept argument (or what its std::ref names), a value
// parameter takes it over.
template <class Parameter, class Argument>
decltype(auto) hand_over(Argument& argument) {
  if constexpr (std::is_lvalue_reference_v<Parameter>) {
    return static_cast<Parameter>(argument);
  } else {
    return std::move(argument);
  }
}

}  // namespace detail

class TaskGroup final : private TaskOwner {
 public:
  explicit TaskGroup(Scope& parent) : scope_(&parent, {.owner = this}) {}

  // Starts function(arguments…) as a child: it runs at once, until it first waits. After cancel()
  // it still starts, and the first thing it waits for ends as cancelled: so it can clean up.
  //
  // Reference parameters are taken only from std::ref, and only to what with_group() itself was
  // given: a local of the body may be gone before the child is.
  template <class... Parameters, class... Arguments>
  void spawn(Task<> (*function)(Parameters...), Arguments&&... arguments) {
    static_assert((detail::k_lives_long_enough<Parameters, Arguments> && ...),
                  "a child takes values, or std::ref to what outlives the group");
    adopt(function(std::forward<Arguments>(arguments)...));
  }
  template <class Object, class... Parameters, class... Arguments>
  void spawn(Task<> (Object::*function)(Parameters...), Object* object, Arguments&&... arguments) {
    static_assert((detail::k_lives_long_enough<Parameters, Arguments> && ...),
                  "a child takes values, or std::ref to what outlives the group");
    adopt((object->*function)(std::forward<Arguments>(arguments)...));
  }

  // Ends whatever waits in the group, the body that spawns included.
  void cancel() { scope_.cancel(); }
  bool cancelled() const { return scope_.cancelled(); }
  std::size_t running() const { return running_; }
  Scope& scope() { return scope_; }

  // Until every child has ended. Not cancellable: a group never leaves a child behind.
  JoinOp join() { return all_ended_.wait_regardless(); }

 private:
  void adopt(Task<> child) {
    ++running_;
    all_ended_.reset();
    std::move(child).start_owned(scope_);
  }
  void ended(std::coroutine_handle<> frame) override {
    frame.destroy();
    // A child that somebody spawns before the join has its turn is waited for as well.
    if (--running_ == 0) all_ended_.set_until_reset();
  }

  Scope scope_;
  std::size_t running_ = 0;
  Event all_ended_{true};
};

// Runs body(group, arguments…) and then waits for every child. The arguments are kept until then,
// so children may refer to them.
template <class T, class... Parameters, class... Arguments>
Task<T> with_group(Task<T> (*body)(TaskGroup&, Parameters...), Arguments... arguments) {
  TaskGroup group(co_await current_scope());
  Task<T> running = body(group, detail::hand_over<Parameters>(arguments)...);
  running.set_scope(group.scope());
  if constexpr (std::is_void_v<T>) {
    co_await running;
    co_await group.join();
  } else {
    T value = co_await running;
    co_await group.join();
    co_return value;
  }
}

// Runs `task` with a further limit: whatever waits inside ends as timed_out when it passes.
template <class T>
Task<T> with_deadline(Deadline deadline, Task<T> task) {
  Scope scope(&co_await current_scope(), {.deadline = deadline});
  task.set_scope(scope);
  co_return co_await task;
}

// Runs `task` out of reach of a cancel from above, for goodbyes. Give it a deadline: it is what
// keeps a shutdown short.
template <class T>
Task<T> with_shield(Deadline deadline, Task<T> task) {
  Scope scope(&co_await current_scope(), {.deadline = deadline, .shielded = true});
  task.set_scope(scope);
  co_return co_await task;
}

// Runs two tasks at once until both have ended; the first failure cancels the other and is the
// result. Both may borrow from the caller's frame: it waits here.
Task<Result<>> both(Task<Result<>> a, Task<Result<>> b);

// Runs two tasks until the first one ends, cancels the other, and returns the winner's result.
Task<Result<>> either(Task<Result<>> a, Task<Result<>> b);

}  // namespace patchbay
