#include "patchbay/tools/scan/work_through.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/net/group.hpp"

namespace patchbay {

namespace {

struct Work {
  std::size_t count;
  std::function<Task<>(std::size_t)> one;
  std::size_t next = 0;
};

Task<> take_next(Work& work) {
  const Scope& scope = co_await current_scope();
  while (work.next < work.count && !scope.cancelled()) co_await work.one(work.next++);
}

}  // namespace

Task<> work_through(std::size_t count, std::size_t at_a_time,
                    std::function<Task<>(std::size_t index)> one) {
  Work work{.count = count, .one = std::move(one)};
  TaskGroup group(co_await current_scope());
  const std::size_t workers = std::min(count, std::max<std::size_t>(at_a_time, 1));
  for (std::size_t i = 0; i < workers; ++i) group.spawn(take_next, std::ref(work));
  co_await group.join();
}

}  // namespace patchbay
