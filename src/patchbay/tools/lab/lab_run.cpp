#include "patchbay/tools/lab/lab_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

constexpr Duration k_patience = 30s;      // for a program to be ready
constexpr Duration k_goodbye = 3s;        // for those that were asked to end
constexpr Duration k_last_words = 200ms;  // for output after the end: others may hold the pipe

}  // namespace

LabRun::LabRun(const LabFile& file, LabNet& net, const LabBook& book, LabRunEvents& events)
    : file_(file), net_(net), book_(book), events_(events) {}

Task<> LabRun::run() {
  co_await with_group(start_and_end, std::ref(*this));
  ended_.set();
}

void LabRun::stop() {
  result_.stopped = true;
  changed_.set();
}

Task<> LabRun::start_and_end(TaskGroup& group, LabRun& run) {
  group.spawn(&LabRun::carry, &run);
  const auto started = co_await run.start_all(group);
  if (!started && run.result_.fault) run.result_.fault = started;
  if (run.result_.fault) {
    [[maybe_unused]] const auto done =
        co_await run.until([&run] { return run.is_done(); }, Deadline::never());
  }
  co_await run.end_all();
  group.cancel();
}

Task<> LabRun::carry() {
  const auto carried = co_await net_.carry();
  if (carried || carried.error().fault() == Fault::cancelled) co_return;
  if (result_.fault) result_.fault = carried;
  changed_.set();
}

Task<Result<>> LabRun::until(std::function<bool()> holds, Deadline deadline) {
  while (!holds()) {
    changed_.reset();
    const auto woken = co_await changed_.wait(deadline);
    if (!woken) co_return woken.error();
  }
  co_return ok();
}

bool LabRun::is_done() const {
  if (result_.stopped || !result_.fault) return true;
  const auto in_front = [](const auto& program) { return !program->plan.background; };
  const auto has_ended = [](const auto& program) {
    return program->plan.background || program->ended;
  };
  return std::ranges::any_of(programs_, in_front) && std::ranges::all_of(programs_, has_ended);
}

Task<Result<>> LabRun::start_all(TaskGroup& group) {
  for (const LabFileProgram& plan : file_.programs) {
    if (result_.stopped || !result_.fault) break;
    const auto started = start(plan);
    if (!started) co_return started.error();
    Program& program = **started;
    group.spawn(&LabRun::watch, this, std::ref(program));
    if (!plan.ready) continue;
    const auto is_ready = [this, &program] {
      return program.ready || program.ended || result_.stopped || !result_.fault;
    };
    const auto waited = co_await until(is_ready, Deadline::after(k_patience));
    if (waited && (program.ready || result_.stopped || !result_.fault)) continue;
    const Error error(waited ? Fault::closed : Fault::timed_out, "go on after",
                      waited ? "it ended before it said that it is ready"
                             : "it did not say within 30 s that it is ready",
                      "compare what it says with `ready` in the file");
    co_return error.about(plan.shown);
  }
  co_return ok();
}

Result<LabRun::Program*> LabRun::start(const LabFileProgram& plan) {
  auto child = ChildProcess::start(
      {.command = plan.command,
       .environment = {fmt::format("{}={}", k_lab_variable, book_.mark()),
                       fmt::format("PATCHBAY_LAB_HOST={}", file_.hosts[plan.host])},
       .inside = &net_.host(plan.host),
       .hosts_file = book_.file("hosts")});
  if (!child) return child.error();
  const int id = child->id();
  programs_.emplace_back(new Program{plan, std::move(*child)});
  events_.started(plan, id);
  return programs_.back().get();
}

Task<> LabRun::watch(Program& program) {
  [[maybe_unused]] const auto read = co_await either(
      both(read_lines(program, false), read_lines(program, true)), outlast(program));
  const auto code = co_await program.child.wait();
  if (code) finish(program, *code);
}

// Until the program has ended, and a little longer.
Task<Result<>> LabRun::outlast(Program& program) {
  const auto code = co_await program.child.wait();
  if (!code) co_return code.error();
  co_return co_await sleep_for(k_last_words);
}

void LabRun::finish(Program& program, int code) {
  program.ended = true;
  const bool asked = program.asked;
  if (!asked) ++(code == 0 ? result_.succeeded : result_.failed);
  events_.ended(program.plan, code, asked);
  changed_.set();
}

Task<Result<>> LabRun::read_lines(Program& program, bool is_error) {
  Stream& from = is_error ? program.child.errors() : program.child.output();
  std::string kept;
  for (;;) {
    const auto data = co_await from.receive();
    const bool is_last = !data || data->empty();
    if (data) kept += as_text(data->bytes());
    tell_lines(program, is_error, kept, is_last);
    if (is_last) co_return ok();
  }
}

void LabRun::tell_lines(Program& program, bool is_error, std::string& kept, bool is_last) {
  std::string_view rest = kept;
  for (;;) {
    const std::size_t end = rest.find('\n');
    const bool is_whole = end != std::string_view::npos;
    if (!is_whole && rest.size() < k_longest_line && !(is_last && !rest.empty())) break;
    std::string_view line = rest.substr(0, std::min(is_whole ? end : rest.size(), k_longest_line));
    rest.remove_prefix(line.size() + (is_whole && line.size() == end ? 1 : 0));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!events_.line(program.plan, is_error, line)) stop();
    const auto& wanted = program.plan.ready;
    if (wanted && !program.ready && line.find(*wanted) != std::string_view::npos) {
      program.ready = true;
      changed_.set();
    }
  }
  kept.erase(0, kept.size() - rest.size());
}

void LabRun::signal_all(int number) {
  for (const auto& program : programs_) {
    if (program->ended) continue;
    program->asked = true;
    program->child.signal(number);
  }
}

Task<> LabRun::end_all() {
  const auto all_ended = [this] {
    return std::ranges::all_of(programs_, [](const auto& program) { return program->ended; });
  };
  signal_all(result_.stopped ? SIGINT : SIGTERM);
  const auto asked = co_await until(all_ended, Deadline::after(k_goodbye));
  if (asked) co_return;
  signal_all(SIGKILL);
  [[maybe_unused]] const auto killed = co_await until(all_ended, Deadline::after(k_goodbye));
}

}  // namespace patchbay
