#include "patchbay/net/group.hpp"

#include <optional>

namespace patchbay {

namespace {

Task<> leg(Task<Result<>> task, TaskGroup& group, std::optional<Result<>>& first,
           bool until_failure) {
  Result<> result = co_await task;
  if (first || (until_failure && result)) co_return;
  first = std::move(result);
  group.cancel();
}

}  // namespace

Task<Result<>> both(Task<Result<>> a, Task<Result<>> b) {
  TaskGroup group(co_await current_scope());
  std::optional<Result<>> failure;
  group.spawn(leg, std::move(a), std::ref(group), std::ref(failure), true);
  group.spawn(leg, std::move(b), std::ref(group), std::ref(failure), true);
  co_await group.join();
  co_return failure.value_or(ok());
}

Task<Result<>> either(Task<Result<>> a, Task<Result<>> b) {
  TaskGroup group(co_await current_scope());
  std::optional<Result<>> first;
  group.spawn(leg, std::move(a), std::ref(group), std::ref(first), false);
  group.spawn(leg, std::move(b), std::ref(group), std::ref(first), false);
  co_await group.join();
  co_return *first;
}

}  // namespace patchbay
