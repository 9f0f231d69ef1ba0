#include "patchbay/tools/chat_bench/chat_bench_cli.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/bench_descriptors.hpp"
#include "patchbay/tools/bench_run.hpp"
#include "patchbay/tools/bench_text.hpp"
#include "patchbay/tools/chat_bench/chat_bench.hpp"
#include "patchbay/tools/chat_bench/chat_bench_report.hpp"
#include "patchbay/tools/chat_bench/chat_bench_roster.hpp"
#include "patchbay/tools/connect_failure.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/run_tool.hpp"
#include "patchbay/wire/irc_message.hpp"

namespace patchbay {

namespace {

constexpr std::uint64_t k_most_window = 1'000'000;
constexpr std::uint16_t k_irc_port = 6667, k_ircs_port = 6697, k_lines_port = 6000;
constexpr Duration k_tell_every = 200ms;

// What a load may take to keep its books by.
constexpr std::uint64_t k_most_book_bytes = std::uint64_t{1} << 30;

struct ChatBenchFlags {
  std::string to;
  ChatBenchFace face = ChatBenchFace::irc;
  std::uint32_t clients = 1000;
  std::uint32_t rooms = 1;
  std::optional<std::uint32_t> members;
  std::uint32_t talkers = 10;
  std::optional<double> rate;
  std::uint32_t window = 32;
  std::size_t size_bytes = 100;
  Duration time = 10s;
  Duration warmup = 1s;
  Duration idle = 0s;
  Duration timeout = 10s;
  std::uint32_t stalled = 0;
  std::optional<std::uint32_t> server_pid;
  bool tls = false;
  bool insecure = false;
  std::optional<std::string> ca_file;
};

std::uint16_t default_port(const ChatBenchFlags& flags) {
  if (flags.face == ChatBenchFace::lines) return k_lines_port;
  return flags.tls ? k_ircs_port : k_irc_port;
}

// Who is in which room; the numbers fit together, and the books for them into memory.
std::expected<ChatBenchPlan, Failure> plan_of(const ChatBenchFlags& flags) {
  ChatBenchPlan plan{.clients = flags.clients, .rooms = flags.rooms};
  if (plan.rooms == 0) return plan;
  plan.members = flags.members.value_or(std::max(1U, plan.clients / plan.rooms));
  plan.talkers = std::min(flags.talkers, plan.members);
  if (plan.members > plan.clients) {
    return std::unexpected(
        Failure(fmt::format("--members {} are more than there are clients", plan.members),
                "nobody is in a room twice", fmt::format("--clients {} or more", plan.members)));
  }
  if (flags.face == ChatBenchFace::lines && (plan.rooms != 1 || plan.members != plan.clients)) {
    return std::unexpected(Failure("--face lines has one room for all",
                                   "in line mode everybody comes into the same one", "--rooms 1"));
  }
  if (std::uint64_t{plan.rooms} * plan.talkers > k_most_chat_bench_voices) {
    return std::unexpected(Failure(fmt::format("{} of each of {} are too many who talk",
                                               plan.talkers, format_count(plan.rooms, "room")),
                                   fmt::format("there can be {}", k_most_chat_bench_voices),
                                   "fewer --talkers"));
  }
  const std::uint64_t books =
      ChatBenchRoster::bytes_for(plan) + plan.memberships() * plan.talkers * sizeof(std::uint32_t);
  if (books > k_most_book_bytes) {
    return std::unexpected(
        Failure(fmt::format("to see that no line is lost would take {}", format_size(books)),
                fmt::format("at most {} are taken", format_size(k_most_book_bytes)),
                "fewer --talkers, or fewer --members in each room"));
  }
  return plan;
}

std::expected<void, Failure> check_stalled(const ChatBenchOptions& options) {
  if (options.stalled > options.plan.clients) {
    return std::unexpected(Failure("--stalled is more than there are clients", {}, {}));
  }
  for (std::uint32_t voice = 0; voice < options.plan.voices(); ++voice) {
    if (!options.stalls(options.plan.talker_of(voice))) continue;
    return std::unexpected(Failure(
        fmt::format("--stalled {} leaves too few who could talk", options.stalled),
        "the last clients read nothing, and the first of each room talk", "fewer --stalled"));
  }
  return {};
}

std::expected<ChatBenchOptions, Failure> options_of(const ChatBenchFlags& flags) {
  const auto to = HostPort::parse(flags.to, {.host = {}, .port = default_port(flags)});
  if (!to) return std::unexpected(Failure(to.error()));
  const auto plan = plan_of(flags);
  if (!plan) return std::unexpected(plan.error());
  ChatBenchOptions options{.load = {.to = *to,
                                    .connections = flags.clients,
                                    .size_bytes = flags.size_bytes,
                                    .depth = flags.window,
                                    .rate = flags.rate,
                                    .warmup = flags.warmup,
                                    .time = flags.time,
                                    .timeout = flags.timeout},
                           .plan = *plan,
                           .face = flags.face,
                           .idle = flags.idle,
                           .stalled = flags.stalled,
                           .server_pid = flags.server_pid};
  if (flags.tls) {
    options.tls =
        TlsClientOptions{.verify = !flags.insecure, .ca_file = flags.ca_file.value_or("")};
  }
  if (const auto checked = check_stalled(options); !checked) {
    return std::unexpected(checked.error());
  }
  return options;
}

std::string describe_load(const ChatBenchOptions& options) {
  const ChatBenchPlan& plan = options.plan;
  std::string talk = "nobody talks";
  if (plan.voices() > 0) {
    talk = options.load.rate
               ? fmt::format("open loop at {} lines", format_count_rate(*options.load.rate))
               : fmt::format("closed loop of {}", format_count(options.load.depth, "line"));
    talk += fmt::format(" of {} by {} in each room, {} after {}",
                        format_size(options.load.size_bytes), plan.talkers,
                        format_duration(options.load.time), format_duration(options.load.warmup));
  }
  return fmt::format("[*] {} {}: {}, {} of {}, {}", name_of(options.face),
                     escape_terminal(options.load.to.to_string()),
                     format_count(plan.clients, "client"), format_count(plan.rooms, "room"),
                     format_count(plan.members, "member"), talk);
}

Task<Result<>> show_progress(const BenchReport& report, const ChatBenchCounts& counts,
                             Output& out) {
  std::uint64_t seen = 0;
  for (;;) {
    const auto slept = co_await sleep_for(k_tell_every);
    if (!slept) co_return slept;
    const std::uint64_t answers = report.answers.load(std::memory_order_relaxed);
    out.progress(fmt::format("{}: {} in, {}", name_of(counts.phase), counts.entered,
                             format_count_rate(per_second(answers - seen, k_tell_every))),
                 Loop::current().now());
    seen = answers;
  }
}

void note_words_of_the_server(const ChatBenchCounts& counts, Output& out) {
  if (!counts.first_refusal.empty()) {
    out.note("the server refused: " + escape_terminal(counts.first_refusal));
  }
  if (!counts.first_farewell.empty()) {
    out.note("the server ended a connection: " + escape_terminal(counts.first_farewell));
  }
}

int judge(const ChatBenchFindings& found, Output& out) {
  const BenchReport& report = found.report;
  note_first_fault(report, out);
  note_words_of_the_server(found.counts, out);
  const bool talked = found.options.plan.voices() > 0;
  if (found.counts.entered == 0 || (talked && report.latency.count() == 0)) return exit_failed;
  return report.faults_in_all() == 0 && found.counts.flawless() ? exit_ok : exit_partly;
}

// The findings are told here, so that those of a load that was cut short are, too.
Task<int> run_load(const ChatBenchOptions& options, Output& out) {
  BenchReport report;
  ChatBenchCounts counts;
  const Duration cpu_before = cpu_of_this_process();
  const auto ended =
      co_await either(bench_chat(options, report, counts), show_progress(report, counts, out));
  if (!ended && report.connected == 0) {
    const char* const flags = options.tls ? " (--tls-ca FILE, or --insecure)" : "";
    co_return fail_to_connect(out, options.load.to, ended.error(), options.load.timeout, flags);
  }
  const ChatBenchFindings found{.options = options,
                                .report = report,
                                .counts = counts,
                                .cpu = cpu_of_this_process() - cpu_before};
  out.emit(to_record(found), to_text(found));
  co_return judge(found, out);
}

int run_chat_bench(const ChatBenchFlags& flags, Output& out) {
  const auto options = options_of(flags);
  if (!options) return out.fail(options.error(), exit_usage);
  const auto reserved = reserve_descriptors(flags.clients, k_descriptors_of_a_loop);
  if (!reserved) return out.fail(reserved.error(), exit_failed);
  if (flags.server_pid && !look_at_server(*flags.server_pid)) {
    return out.fail(Failure(fmt::format("cannot look at process {}", *flags.server_pid),
                            "there is none of this number, or it is not ours to look at",
                            "the process id of the server on this machine"),
                    exit_failed);
  }
  if (flags.insecure) out.warn("--insecure: the server's certificate is not checked");
  out.note(describe_load(*options));
  return run_tool(run_load(*options, out), out);
}

}  // namespace

void declare_bench_chat(Command& patchbay) {
  Command& bench = *patchbay.find("bench");
  auto [chat, o] = bench.add("chat", "load a chat server", run_chat_bench);
  chat.argument("HOST[:PORT]", endpoint(o.to), "whom to load; port 6667, 6697 or 6000");
  chat.flag("--face FACE",
            choice(o.face, {{"irc", ChatBenchFace::irc}, {"lines", ChatBenchFace::lines}}),
            "what to speak: IRC, or the line mode of chat serve");
  chat.flag("-c, --clients N", count(o.clients, 1, k_most_chat_bench_clients), "how many at once")
      .alias("--connections");
  chat.flag("--rooms N", count(o.rooms, 0, k_most_chat_bench_rooms),
            "how many; 0 to have clients do nothing");
  chat.flag("--members N", count(o.members, 1, k_most_chat_bench_clients),
            "of each room; else the clients are shared out");
  chat.flag("--talkers N", count(o.talkers, 0, k_most_chat_bench_clients),
            "how many of each room talk");
  chat.flag("--rate R", count_rate(o.rate, 0.001, 1e9),
            "lines a second over all, said when they are due")
      .excludes("window");
  chat.flag("--window N", count(o.window, 1, k_most_window),
            "lines on their way to all their readers at a time");
  chat.flag("--size B", size(o.size_bytes, 1, k_irc_line_bytes),
            "of a line as it is delivered, sender and end included");
  chat.flag("-d, --time TIME", duration(o.time, 1ms), "how long to count");
  chat.flag("--warmup TIME", duration(o.warmup), "how long to talk before counting")
      .alias("--warm-up");
  chat.flag("--idle TIME", duration(o.idle), "how long to do nothing before that");
  chat.flag("--stalled N", count(o.stalled, 0, k_most_chat_bench_clients),
            "so many read nothing while the others talk");
  chat.flag("--timeout TIME", duration(o.timeout, 1ms),
            "for a client to come in; silence of the server that ends a phase");
  chat.flag("--server-pid PID", count(o.server_pid, 1, std::numeric_limits<std::int32_t>::max()),
            "a server on this machine: also tell its CPU time and memory")
      .not_a_setting();
  chat.section("TLS");
  chat.flag("--tls", toggle(o.tls), "speak TLS");
  chat.flag("--tls-ca FILE", file(o.ca_file),
            "trust these authorities (PEM) in place of the system's")
      .needs("tls");
  chat.flag("--insecure", toggle(o.insecure), "accept any certificate, and warn")
      .needs("tls")
      .not_a_setting();
  chat.exit_code(exit_partly,
                 "a line was lost, doubled or out of order, a member unseen, or a client failed");
  chat.example("patchbay bench chat 127.0.0.1:6667 -c 1000", "one room, as fast as it delivers");
  chat.example("patchbay bench chat 127.0.0.1:6667 -c 10000 --rate 10/s", "ten lines a second");
  chat.example("patchbay bench chat 127.0.0.1:6667 -c 10000 --rooms 2000 --members 50",
               "many rooms, each client in ten of them");
  chat.example("patchbay bench chat 127.0.0.1:6667 -c 10000 --rooms 0 --idle 10s --server-pid 4711",
               "what idle clients cost");
  chat.describe(
      "Clients come in, all join their rooms at once, and when everybody has seen everybody, the "
      "first members of each room talk. Each line says whose it is and which, so that every client "
      "checks that it gets each line once and in its order, at little cost.\n\n"
      "By default a closed loop: a new line is said when an earlier one has reached all of its "
      "readers. With --rate an open loop: lines are due at fixed times and latency counts from "
      "then, whether or not they could be sent, so that a stall of the server shows in full.\n\n"
      "It works with any IRC server. Switch off its limits of clients of one address, of commands "
      "and of flood, or it will rightly cut these clients. Latencies are kept within 0.4 %.");
}

}  // namespace patchbay
