#include "patchbay/tools/http_bench/http_bench_load.hpp"

#include "patchbay/net/group.hpp"

namespace patchbay {

Task<Result<>> HttpBenchLoad::run() {
  // Where each request has a connection of its own, making it is part of the request.
  const auto opened =
      co_await dial_.open_first(options_.request.keep_alive ? share_.connections : 1);
  if (!opened) co_return opened;
  tally_.start();
  TaskGroup group(co_await current_scope());
  for (std::size_t i = 0; i < share_.connections; ++i) group.spawn(&HttpBenchLoad::talk, this, i);
  co_await group.join();
  tally_.stop(group.cancelled(), ended_);
  co_return ok();
}

HttpBenchTalk HttpBenchLoad::begin_talk(std::size_t index) {
  return {.due = HttpBenchDue(share_, index, tally_, quota_), .stream = dial_.take(index)};
}

Task<> HttpBenchLoad::end_talk(HttpBenchTalk& talk) {
  const Instant now = bench_now();
  ended_ = std::max(ended_, now);
  counts_.unsent += talk.due.unsent(now);
  if (options_.hold > Duration{} && talk.stream) {
    [[maybe_unused]] const auto held = co_await sleep_for(options_.hold);
  }
}

}  // namespace patchbay
