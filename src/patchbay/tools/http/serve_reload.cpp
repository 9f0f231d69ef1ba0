#include "patchbay/tools/http/serve_reload.hpp"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <utility>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/signals.hpp"
#include "patchbay/tools/http/certificate_warnings.hpp"
#include "patchbay/tools/http/own_certificate.hpp"
#include "patchbay/tools/http/serve_thread.hpp"

namespace patchbay {

namespace {

// What the other threads have said to a plan. Known to the first thread only.
struct Answers {
  std::size_t missing = 0;
  std::vector<ServeFault> faults = {};
  Event all_there;
};

// The first thread tries it before it asks the others, so that each fault is told once. Nothing:
// cancelled.
Task<std::optional<std::vector<ServeFault>>> prepare_everywhere(
    ServeState& state, ServeThread& first, std::shared_ptr<const HttpServePlan> plan) {
  const unsigned generation = state.generation.load() + 1;
  std::vector<ServeFault> faults = first.prepare(plan, generation);
  if (!faults.empty() || state.others() == 0) co_return faults;
  // Shared with what is posted: this task may be cancelled before all have answered.
  const auto answers = std::make_shared<Answers>();
  answers->missing = state.others();
  state.post_to_others([&state, answers, plan, generation](ServeThread& thread) {
    auto seen = thread.prepare(plan, generation);
    state.post_to_first([answers, seen = std::move(seen)]() mutable {
      if (answers->faults.empty()) answers->faults = std::move(seen);
      if (--answers->missing == 0) answers->all_there.set();
    });
  });
  if (const auto waited = co_await answers->all_there.wait(); !waited) co_return std::nullopt;
  co_return std::move(answers->faults);
}

void tell_failure(ServeState& state, std::vector<Failure> failures) {
  state.metrics.reloaded(false);
  for (Failure& failure : failures) {
    failure.what = "nothing is changed: " + failure.what;
    state.out.fail(failure);
  }
}

void bring_into_force(ServeState& state, ServeThread& first,
                      std::shared_ptr<const HttpServePlan> plan) {
  state.plan = std::move(plan);
  state.generation.fetch_add(1);
  state.metrics.reloaded(true);
  first.adopt();
  // A thread that has nothing to do lets go of the former, too.
  state.post_to_others([](ServeThread& thread) { thread.adopt(); });
  state.out.emit(Record("reload").count("sites", state.plan->sites.size()));
  if (!state.out.json()) state.out.note("[*] Files and certificates were read again");
}

Task<> reload(ServeState& state, ServeThread& first) {
  const WallTime now = state.out.wall_time();
  std::expected<HttpServePlan, std::vector<Failure>> read;
  std::vector<Failure> warnings;
  co_await off_loop([&] {
    read = state.read_again();
    if (!read) return;
    const auto own = provide_own_certificate(*read, state.plan->own_certificate, now);
    if (!own) {
      read = std::unexpected(std::vector{own.error()});
    } else {
      warnings = warn_of_certificates(*read, now);
    }
  });
  if (!read) co_return tell_failure(state, std::move(read.error()));
  if (auto failure = why_restart(*state.plan, *read)) co_return tell_failure(state, {*failure});
  if (auto fault = first.settle(*read)) co_return tell_failure(state, {fault->failure});
  if (read->tls) read->tls->ticket_keys = state.ticket_keys;
  const auto plan = std::make_shared<const HttpServePlan>(std::move(*read));
  const auto faults = co_await prepare_everywhere(state, first, plan);
  if (!faults) co_return;
  if (faults->empty()) {
    bring_into_force(state, first, plan);
    co_return tell_warnings(warnings, state.out);
  }
  first.give_back();
  state.post_to_others([](ServeThread& thread) { thread.give_back(); });
  std::vector<Failure> failures;
  for (const ServeFault& fault : *faults) failures.push_back(fault.failure);
  tell_failure(state, std::move(failures));
}

}  // namespace

std::optional<Failure> why_restart(const HttpServePlan& old, const HttpServePlan& next) {
  const auto fail = [](std::string_view key, auto was, auto is) {
    return Failure(fmt::format("'{}' cannot change while the server runs", key),
                   fmt::format("it is {}, and {} is asked for", was, is),
                   "restart the server, or take this change back");
  };
  if (old.threads != next.threads) return fail("threads", old.threads, next.threads);
  if (old.backlog != next.backlog) return fail("backlog", old.backlog, next.backlog);
  return std::nullopt;
}

Task<Result<>> reload_on_hangup(ServeState& state, ServeThread& first) {
  auto signals = Signals::watch(std::array{SIGHUP});
  if (!signals) co_return signals.error();
  if (const auto entered = co_await state.all_entered(); !entered) co_return entered;
  for (;;) {
    const auto signal = co_await signals->next();
    if (!signal) co_return signal.error();
    co_await reload(state, first);
  }
}

}  // namespace patchbay
