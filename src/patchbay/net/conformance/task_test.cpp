// Tasks, groups, deadlines, events: what holds on every engine.
#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/conformance/engine_test.hpp"

namespace patchbay {
namespace {

class Tasks : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, Tasks, all_engines(), engine_name);

Task<int> twice(int value) { co_return 2 * value; }
Task<std::unique_ptr<int>> boxed(int value) { co_return std::make_unique<int>(value); }

Task<> returns_values() {
  EXPECT_EQ(co_await twice(21), 42);
  const auto box = co_await boxed(7);
  EXPECT_EQ(*box, 7);
}
TEST_P(Tasks, ReturnValues) { run(returns_values()); }

// A million tasks that finish at once, awaited in a row: the stack may not grow with them.
Task<> awaits_many() {
  int sum = 0;
  for (int i = 0; i < 1'000'000; ++i) sum += co_await twice(0) + 1;
  EXPECT_EQ(sum, 1'000'000);
}
TEST_P(Tasks, AwaitManyInARow) { run(awaits_many()); }

Task<int> depth(int left) {
  if (left == 0) co_return 0;
  const int below = co_await depth(left - 1);
  co_return below + 1;
}
Task<> nests_deep() { EXPECT_EQ(co_await depth(100'000), 100'000); }
TEST_P(Tasks, NestDeep) { run(nests_deep()); }

Task<> append_after(Duration delay, int value, std::vector<int>& out) {
  const auto slept = co_await sleep_for(delay);
  if (slept) out.push_back(value);
}

Task<> spawn_three(TaskGroup& group, std::vector<int>& out) {
  group.spawn(append_after, 3ms, 3, std::ref(out));
  group.spawn(append_after, 1ms, 1, std::ref(out));
  group.spawn(append_after, 2ms, 2, std::ref(out));
  EXPECT_EQ(group.running(), 3U);
  co_return;  // early: the group still joins all three
}
Task<> group_joins() {
  std::vector<int> out;
  co_await with_group(spawn_three, std::ref(out));
  EXPECT_EQ(out, (std::vector{1, 2, 3}));
}
TEST_P(Tasks, GroupJoinsItsChildren) { run(group_joins()); }

Task<> wait_for_ever(int& cancelled) {
  const auto slept = co_await sleep_until(Deadline::never());
  EXPECT_FALSE(slept);
  if (!slept && slept.error().fault() == Fault::cancelled) ++cancelled;
}
Task<> nest_forever(TaskGroup& group, int& cancelled) {
  group.spawn(wait_for_ever, std::ref(cancelled));
  co_await wait_for_ever(cancelled);
}
Task<> cancel_soon(TaskGroup& group, int& cancelled) {
  group.spawn(wait_for_ever, std::ref(cancelled));
  group.spawn(
      +[](int& count) -> Task<> { return with_group(nest_forever, std::ref(count)); },
      std::ref(cancelled));
  const auto slept = co_await sleep_for(1ms);
  EXPECT_TRUE(slept);
  group.cancel();
  // The body itself is cancelled too, at its next wait.
  const auto refused = co_await sleep_for(1ms);
  EXPECT_FALSE(refused);
  group.spawn(wait_for_ever, std::ref(cancelled));  // starts, and ends at its first wait
}
Task<> cancel_flows_down() {
  int cancelled = 0;
  co_await with_group(cancel_soon, std::ref(cancelled));
  EXPECT_EQ(cancelled, 4);
}
TEST_P(Tasks, CancelFlowsDownTheTree) { run(cancel_flows_down()); }

Task<Result<>> sleeps(Duration duration) { co_return co_await sleep_for(duration); }

Task<> deadlines_are_inherited() {
  const auto cut = co_await with_deadline(Deadline::after(1ms), sleeps(1h));
  EXPECT_FALSE(cut);
  if (!cut) EXPECT_EQ(cut.error().fault(), Fault::timed_out);
  // The outer one counts where it is the earlier.
  const auto nested =
      co_await with_deadline(Deadline::after(1ms), with_deadline(Deadline::after(1h), sleeps(1h)));
  EXPECT_FALSE(nested);
  const auto enough = co_await with_deadline(Deadline::after(1h), sleeps(1ms));
  EXPECT_TRUE(enough);
}
TEST_P(Tasks, DeadlinesAreInherited) { run(deadlines_are_inherited()); }

Task<Result<>> goodbye() { co_return co_await sleep_for(1ms); }
Task<Result<>> shielded_goodbye() {
  co_return co_await with_shield(Deadline::after(1s), goodbye());
}
Task<> shield_holds() {
  EXPECT_TRUE(co_await when_cancelled(shielded_goodbye()));
  const auto bare = co_await when_cancelled(goodbye());
  EXPECT_FALSE(bare);
  if (!bare) EXPECT_EQ(bare.error().fault(), Fault::cancelled);
}
TEST_P(Tasks, ShieldLetsGoodbyesFinish) { run(shield_holds()); }

Task<Result<>> fails_after(Duration delay) {
  const auto slept = co_await sleep_for(delay);
  if (!slept) co_return slept;
  co_return Error(Fault::protocol, "go on");
}
Task<Result<>> remembers_its_end(Result<>& end) {
  end = co_await sleep_for(1h);
  co_return end;
}
Task<> both_cancels_the_other() {
  Result<> other;
  const auto failed = co_await both(fails_after(1ms), remembers_its_end(other));
  CO_ASSERT(!failed && !other);
  EXPECT_EQ(failed.error().fault(), Fault::protocol);
  EXPECT_EQ(other.error().fault(), Fault::cancelled);
  EXPECT_TRUE(co_await both(sleeps(1ms), sleeps(2ms)));
}
TEST_P(Tasks, BothReportTheFirstFailure) { run(both_cancels_the_other()); }

Task<> either_takes_the_first() {
  Result<> other;
  EXPECT_TRUE(co_await either(sleeps(1ms), remembers_its_end(other)));
  EXPECT_FALSE(other);
}
TEST_P(Tasks, EitherTakesTheFirst) { run(either_takes_the_first()); }

Task<> set_after(Event& event, Duration delay) {
  const auto slept = co_await sleep_for(delay);
  if (slept) event.set();
}
Task<> waits_for(Event& event, int& woken) {
  const auto waited = co_await event.wait();
  if (waited) ++woken;
}
Task<> spawn_waiters(TaskGroup& group, Event& event, int& woken) {
  for (int i = 0; i < 3; ++i) group.spawn(waits_for, std::ref(event), std::ref(woken));
  group.spawn(set_after, std::ref(event), 1ms);
  co_return;
}
Task<> event_wakes_all() {
  Event event;
  int woken = 0;
  co_await with_group(spawn_waiters, std::ref(event), std::ref(woken));
  EXPECT_EQ(woken, 3);
  EXPECT_TRUE(co_await event.wait());  // it stays set
  event.reset();
  const auto waited = co_await event.wait(Deadline::after(1ms));
  CO_ASSERT(!waited);
  EXPECT_EQ(waited.error().fault(), Fault::timed_out);
}
TEST_P(Tasks, EventWakesAllWaiters) { run(event_wakes_all()); }

Task<> take_turns(int self, std::vector<int>& out) {
  for (int i = 0; i < 3; ++i) {
    out.push_back(self);
    const auto turn = co_await yield();
    if (!turn) co_return;
  }
}
Task<> spawn_two(TaskGroup& group, std::vector<int>& out) {
  group.spawn(take_turns, 1, std::ref(out));
  group.spawn(take_turns, 2, std::ref(out));
  co_return;
}
Task<> yield_is_fair() {
  std::vector<int> out;
  co_await with_group(spawn_two, std::ref(out));
  EXPECT_EQ(out, (std::vector{1, 2, 1, 2, 1, 2}));
}
TEST_P(Tasks, YieldTakesTurns) { run(yield_is_fair()); }

// A loop that only meets ends that are clear from the start is no reason for others to starve.
Task<Result<>> meets_passed_deadlines(bool& stop) {
  while (!stop) {
    const auto slept = co_await sleep_for(Duration::zero());
    if (!slept) co_return slept;
  }
  co_return ok();
}
Task<Result<>> stops_it(bool& stop) {
  const auto turn = co_await yield();
  stop = true;
  co_return turn;
}
Task<> passed_deadlines_take_turns() {
  bool stop = false;
  EXPECT_TRUE(co_await both(meets_passed_deadlines(stop), stops_it(stop)));
}
TEST_P(Tasks, PassedDeadlinesTakeTurns) { run(passed_deadlines_take_turns()); }

Task<> notes_its_number(Event& event, int number, std::vector<int>& out) {
  const auto waited = co_await event.wait();
  if (waited) out.push_back(number);
}
Task<> spawn_in_order(TaskGroup& group, Event& event, std::vector<int>& out) {
  for (int i = 0; i < 4; ++i) {
    group.spawn(notes_its_number, std::ref(event), i, std::ref(out));
  }
  event.set();
  co_return;
}
Task<> wakes_in_order() {
  Event event;
  std::vector<int> out;
  co_await with_group(spawn_in_order, std::ref(event), std::ref(out));
  EXPECT_EQ(out, (std::vector{0, 1, 2, 3}));
}
TEST_P(Tasks, EventsWakeInTheOrderOfWaiting) { run(wakes_in_order()); }

Task<> deadline_has_passed() {
  const Deadline passed = Deadline::after(Duration(-1));
  Event event(true);
  const auto waited = co_await event.wait(passed);
  CO_ASSERT(!waited);
  EXPECT_EQ(waited.error().fault(), Fault::timed_out);
  EXPECT_TRUE(co_await sleep_until(passed));  // for a sleep it is no fault
}
TEST_P(Tasks, PassedDeadlineEndsAtOnce) { run(deadline_has_passed()); }

// A report of who waits for what finds every task, joins included, and whom each of them runs for.
Task<> waits_below(Event& event) { [[maybe_unused]] const auto waited = co_await event.wait(); }
Task<> waits_by_another(Event& event) { co_await waits_below(event); }
Task<> spawn_one(TaskGroup& group, Event& event) {
  group.spawn(waits_by_another, std::ref(event));
  co_return;
}
Task<> looks_and_sets(Event& event, std::vector<std::string>& seen) {
  co_await settle();
  Loop& loop = Loop::current();
  loop.root().for_each_waiting([&](const Op& op) {
    std::string line = operation_name(op.kind);
    for (const TaskTrace* task = op.task(); task != nullptr; task = task->caller) {
      const std::string_view function = task->at.function_name();
      for (const char* name : {"waits_below", "waits_by_another", "spawn_one"}) {
        if (function.contains(std::string(name) + '(')) line += std::string(" in ") + name;
      }
    }
    EXPECT_LE(op.since(), loop.now());
    seen.push_back(line);
  });
  event.set();
}
Task<Result<>> a_group_of_one(Event& event) {
  co_await with_group(spawn_one, std::ref(event));
  co_return ok();
}
Task<Result<>> a_look(Event& event, std::vector<std::string>& seen) {
  co_await looks_and_sets(event, seen);
  co_return ok();
}
Task<> traces_tell_who_waits() {
  Event event;
  std::vector<std::string> seen;
  EXPECT_TRUE(co_await both(a_group_of_one(event), a_look(event, seen)));
  for (const char* line :
       {"wait for an event in waits_below in waits_by_another", "wait for the end of tasks"}) {
    EXPECT_GE(std::ranges::count(seen, line), 1) << line;
  }
}
TEST_P(Tasks, TracesTellWhoWaits) { run(traces_tell_who_waits()); }

Task<> works_off_the_loop() {
  std::vector<int> out;
  co_await off_loop([&out] { out.push_back(1); });
  co_await off_loop([&out] { out.push_back(2); });
  EXPECT_EQ(out, (std::vector{1, 2}));
}
TEST_P(Tasks, OffLoopWaitsForItsWork) { run(works_off_the_loop()); }

Task<> works_off_the_loop_at_a_time() {
  std::array<int, 20> out{};
  std::vector<std::function<void()>> works;
  for (int& place : out) works.emplace_back([&place] { ++place; });
  co_await off_loop(std::move(works));
  EXPECT_EQ(std::ranges::count(out, 1), 20);
}
TEST_P(Tasks, OffLoopWaitsForAllOfItsWorks) { run(works_off_the_loop_at_a_time()); }

}  // namespace
}  // namespace patchbay
