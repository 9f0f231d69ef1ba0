#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <fstream>
#include <optional>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/signals.hpp"
#include "patchbay/net/user_namespace.hpp"
#include "patchbay/tools/lab/impairment_flags.hpp"
#include "patchbay/tools/lab/lab_cli.hpp"
#include "patchbay/tools/lab/lab_file.hpp"
#include "patchbay/tools/lab/lab_report.hpp"
#include "patchbay/tools/lab/lab_run.hpp"
#include "patchbay/tools/lab/lab_state.hpp"
#include "patchbay/tools/run_tool.hpp"

namespace patchbay {

namespace {

constexpr const char* k_example = R"(hosts = ["client", "server"]

[[links]]
between = ["client", "server"]
delay = "50ms"
loss = "1%"

[[programs]]
host = "server"
run = "patchbay tcp serve 0.0.0.0:5000"
ready = "listening"
background = true

[[programs]]
host = "client"
run = "ping -c 3 server; patchbay tcp connect server:5000 --send hello"
)";

struct RunFlags {
  std::string file;
  std::optional<std::uint64_t> seed;
};

class Printer final : public LabRunEvents {
 public:
  Printer(const LabFile& file, Output& out) : file_(file), out_(out) {
    for (const std::string& host : file.hosts) width_ = std::max(width_, host.size());
  }

  void started(const LabFileProgram& program, int id) override {
    out_.emit(record("started", program).count("pid", id));
    out_.detail(1, fmt::format("{}: started {} (pid {})", host(program),
                               escape_terminal(program.shown), id));
  }
  bool line(const LabFileProgram& program, bool is_error, std::string_view text) override {
    const std::string name = fmt::format("{:<{}} |", host(program), width_);
    out_.emit(Record("line")
                  .text("host", host(program))
                  .text("stream", is_error ? "err" : "out")
                  .text("text", text),
              fmt::format("{} {}", out_.style(k_tones[program.host % std::size(k_tones)], name),
                          escape_terminal(text, {.tab = true})));
    return !out_.gone();
  }
  void ended(const LabFileProgram& program, int code, bool asked) override {
    out_.emit(record("ended", program).count("code", code).flag("asked", asked));
    if (asked || code == 0) return;
    out_.note(
        fmt::format("{}: {} ended with {}", host(program), escape_terminal(program.shown), code));
  }

 private:
  static constexpr Tone k_tones[] = {Tone::accent, Tone::good, Tone::warning, Tone::bold};

  const std::string& host(const LabFileProgram& program) const { return file_.hosts[program.host]; }
  Record record(std::string_view type, const LabFileProgram& program) const {
    Record made(type);
    made.text("host", host(program)).text("run", program.shown);
    return made;
  }

  const LabFile& file_;
  Output& out_;
  std::size_t width_ = 0;
};

void print_lab(const LabFile& file, const Topology& topology, const LabNet& net, bool named,
               std::uint64_t seed, Output& out) {
  for (std::size_t i = 0; i < file.links.size(); ++i) {
    const TopologyLink& link = topology.links[i];
    const LabFileLink& plan = file.links[i];
    const std::string& left = file.hosts[link.left.host];
    const std::string& right = file.hosts[link.right.host];
    print_end(out, {left, link.left.device, link.left.addresses});
    print_end(out, {right, link.right.device, link.right.addresses});
    out.emit(to_record(plan.there).text("from", left).text("to", right));
    out.emit(to_record(plan.back).text("from", right).text("to", left));
    const std::string there = net.relay(i) == nullptr ? "a cable" : describe(plan.there);
    const std::string back = net.relay(i) == nullptr ? there : describe(plan.back);
    out.note(there == back ? fmt::format("{} ⇄ {}: {}", left, right, there)
                           : fmt::format("{} → {}: {}; back: {}", left, right, there, back));
  }
  out.emit(Record("seed").count("seed", seed));
  if (named) {
    out.note(fmt::format("look inside with: sudo ip netns exec {} bash; seed {}",
                         namespace_name(file, 0), seed));
  }
}

void print_totals(const LabFile& file, const Topology& topology, const LabNet& net, Output& out) {
  for (std::size_t i = 0; i < file.links.size(); ++i) {
    const LabLink* const relay = net.relay(i);
    if (relay == nullptr) continue;
    const std::string& left = file.hosts[topology.links[i].left.host];
    const std::string& right = file.hosts[topology.links[i].right.host];
    print_carried(out, left, right, relay->there(), relay->missed_there());
    print_carried(out, right, left, relay->back(), relay->missed_back());
  }
}

Task<> run_shielded(LabRun& run) { co_await with_shield(Deadline::never(), run.run()); }

// The end of the terminal is the end of the run, unless nohup(1) says otherwise.
Task<> stop_at_hangup(LabRun& run) {
  struct sigaction now{};
  if (::sigaction(SIGHUP, nullptr, &now) == 0 && now.sa_handler == SIG_IGN) co_return;
  auto signals = Signals::watch(std::array{SIGHUP});
  if (!signals) co_return;
  const auto heard = co_await signals->next();
  if (!heard) co_return;
  // It comes again when the shell ends, and what is left of this run is to clear up.
  ::signal(SIGHUP, SIG_IGN);
  run.stop();
}

// The run is out of reach of Ctrl-C, so that its programs can say their last words.
Task<> supervise(TaskGroup& group, LabRun& run) {
  group.spawn(run_shielded, std::ref(run));
  group.spawn(stop_at_hangup, std::ref(run));
  const auto ended = co_await run.ended().wait();
  if (!ended) run.stop();
  group.cancel();
}

Failure explain_making(const Error& error, const LabFile& file) {
  Failure failure(error);
  bool is_about_a_host = false;
  for (std::size_t host = 0; host < file.hosts.size(); ++host) {
    is_about_a_host |= error.subject() == namespace_name(file, host);
  }
  if (error.code() != EEXIST || !is_about_a_host) return failure;
  failure.why = "there is a namespace of this name, and no dead run of this lab left it";
  failure.remedy = fmt::format(
      "end the other `patchbay lab run {0}.toml` if one runs, or rename "
      "the file; remove a namespace by: sudo ip netns delete {1}",
      file.name, escape_terminal(error.subject()));
  return failure;
}

int code_of(const LabRunResult& result) {
  if (result.stopped || result.failed == 0) return exit_ok;
  return result.succeeded > 0 ? exit_partly : exit_failed;
}

struct Place {
  std::string folder;
  bool named = false;  // namespaces have names that everybody sees
};

Task<int> work(const LabFile& file, const Topology& topology, std::uint64_t seed,
               const Place& place, LabBook& book, Output& out) {
  std::unique_ptr<LabNet> net;
  {
    const auto lock = LabLock::take(place.folder);
    if (!lock) co_return out.fail(lock.error());
    auto made = LabNet::make(file, topology, seed, place.named, book);
    if (!made) {
      co_return out.fail(explain_making(made.error(), file), exit_code_of(made.error()));
    }
    net = std::move(*made);
  }
  print_lab(file, topology, *net, place.named, seed, out);
  Printer printer(file, out);
  LabRun run(file, *net, book, printer);
  co_await with_group(supervise, std::ref(run));
  print_totals(file, topology, *net, out);
  const LabRunResult& result = run.result();
  out.totals()
      .count("succeeded_programs", result.succeeded)
      .count("failed_programs", result.failed);
  if (!result.fault) co_return out.fail(result.fault.error());
  co_return code_of(result);
}

// Removes what dead runs left and finds out how this one can be made; enters a user namespace where
// the rights of root are missing.
Result<Place> prepare(Output& out) {
  Place place{.folder = lab_folder()};
  const auto lock = LabLock::take(place.folder);
  if (!lock) return lock.error();
  const auto left = remove_left_overs(place.folder);
  if (!left) return left.error();
  if (!left->namespaces.empty() || left->programs > 0) {
    out.note(fmt::format("removed what a run that was killed had left: {}, {}",
                         format_count(left->namespaces.size(), "namespace"),
                         format_count(left->programs, "program")));
  }
  const auto probe = NetworkNamespace::make();
  place.named = ::geteuid() == 0 && probe;
  if (probe) return place;
  if (probe.error().fault() != Fault::permission) return probe.error();
  const auto entered = enter_user_namespace();
  if (!entered) return entered.error();
  return place;
}

Result<> write_hosts(const std::string& path, const std::string& text) {
  std::ofstream file(path);
  file << text;
  file.close();
  if (file) return ok();
  return Error::from_errno(errno, "write the hosts' names to").about(path);
}

int run_run(const RunFlags& flags, Output& out) {
  const auto file = read_lab_file(flags.file);
  if (!file) return out.fail(file.error(), exit_usage);
  const auto topology = make_topology(*file);
  if (!topology) return out.fail(Failure(topology.error()), exit_usage);
  const auto place = prepare(out);
  if (!place) return out.fail(place.error());
  auto book = LabBook::open(place->folder);
  if (!book) return out.fail(book.error());
  const auto written = write_hosts(book->file("hosts"), hosts_text(*file, *topology));
  if (!written) {
    [[maybe_unused]] const auto closed = book->close();
    return out.fail(written.error());
  }

  const std::uint64_t seed = flags.seed ? *flags.seed : file->seed.value_or(1);
  const int code =
      run_tool(work(*file, *topology, seed, *place, *book, out), out, relay_loop_options());
  const auto closed = book->close();
  if (!closed) return out.fail(closed.error());
  return code;
}

}  // namespace

void declare_lab_run(Command& lab) {
  auto [run, o] = lab.add("run", "a network and its programs, from a file", run_run);
  run.argument("FILE", file(o.file), "hosts, links and programs, in TOML");
  run.flag("--seed N", count(o.seed), "chances other than those of the file").not_a_setting();
  run.exit_code(exit_partly, "some of the programs failed");
  run.example("sudo patchbay lab run wan.toml", "until its programs have ended, or Ctrl-C");
  run.example("sudo ip netns exec wan.client bash", "meanwhile: a shell on one of its hosts");
  run.describe(
      "Makes a network namespace a host and joins them by links: a relay with what goes wrong, or "
      "a plain cable where nothing does. Hosts that are not neighbours get routes, and those with "
      "several links forward. Starts the programs in their order and shows their output with the "
      "host's name in front. Ends when those that are not in the background have ended, and "
      "removes all it has made; what a run that was killed has left is removed by the next.\n\n"
      "A file:\n\n" +
      std::string(k_example) +
      "\nA link takes what `patchbay lab link` takes as flags: delay, jitter, loss, loss_burst, "
      "burst_loss, duplicate, reorder, reorder_by, rate, queue, mtu, network, network6; and back = "
      "{ … } with what is different on the way back.\n\n"
      "A program is a line for the shell or a list of words. The next one starts when it has said "
      "what stands under `ready`. Hosts know each other by name, by a hosts file of their own.\n\n"
      "As root the namespaces can be seen by `ip netns`, as LAB.HOST. Others get a user namespace "
      "where the system allows it.");
  run.see_also("ip-netns(8)");
}

}  // namespace patchbay
