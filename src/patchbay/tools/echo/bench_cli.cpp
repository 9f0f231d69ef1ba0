#include <fmt/format.h>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/tools/bench_descriptors.hpp"
#include "patchbay/tools/bench_run.hpp"
#include "patchbay/tools/bench_text.hpp"
#include "patchbay/tools/connect_failure.hpp"
#include "patchbay/tools/echo/bench_tcp.hpp"
#include "patchbay/tools/echo/bench_udp.hpp"
#include "patchbay/tools/echo/connect_shared.hpp"
#include "patchbay/tools/echo/connect_udp.hpp"
#include "patchbay/tools/echo/echo_cli.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

namespace {

constexpr std::uint64_t k_most_connections = 1'000'000;
constexpr std::uint64_t k_most_depth = 65'536;
constexpr std::uint64_t k_most_tcp_bytes = 64 << 20;

struct BenchFlags {
  std::string to;
  std::optional<std::string> port;
  std::uint32_t connections = 1;
  std::size_t size_bytes = 64;
  std::uint32_t depth = 1;
  std::optional<double> rate;
  Duration time = 10s;
  Duration warmup = 1s;
  Duration timeout = 2s;
  unsigned threads = 1;
};

std::string describe_load(const char* protocol, const BenchOptions& options) {
  const std::string kind = options.rate
                               ? fmt::format("open loop at {}", format_count_rate(*options.rate))
                               : fmt::format("closed loop of depth {}", options.depth);
  return fmt::format(
      "[*] {} {}: {}, {}, {}, {} after {}", protocol, escape_terminal(options.to.to_string()),
      format_count(options.connections, "connection"), format_size(options.size_bytes), kind,
      format_duration(options.time), format_duration(options.warmup));
}

Record to_record(const char* protocol, const BenchOptions& options, const BenchReport& report) {
  const double rate = per_second(report.answers_in_time, report.measured);
  Record record("result");
  record.text("protocol", protocol)
      .text("target", options.to.to_string())
      .count("connections", options.connections)
      .count("connected", report.connected)
      .bytes("size_bytes", options.size_bytes)
      .text("loop", options.rate ? "open" : "closed");
  if (options.rate) {
    record.number("rate", *options.rate);
  } else {
    record.count("depth", options.depth);
  }
  record.time_us("measured_us", report.measured)
      .count("requests", report.requests)
      .count("answers", report.latency.count())
      .count("unanswered", report.unanswered)
      .number("requests_per_second", rate)
      .number("bytes_per_second", rate * static_cast<double>(options.size_bytes));
  add_latency(record, report.latency);
  add_faults(record, report);
  return record.count("late_answers", report.late_answers);
}

std::string errors_of(const BenchReport& report) {
  std::string line = fault_words(report);
  if (report.late_answers > 0) line += "; " + format_count(report.late_answers, "late answer");
  return line;
}

std::string to_text(const BenchOptions& options, const BenchReport& report) {
  const std::string errors = fmt::format("errors    {}\n", errors_of(report));
  if (report.latency.count() == 0) {
    return fmt::format("requests  {}, none was answered\n", report.requests) + errors;
  }
  const double rate = per_second(report.answers_in_time, report.measured);
  const auto bytes = static_cast<std::uint64_t>(rate * static_cast<double>(options.size_bytes));
  return fmt::format(
             "requests  {} ({} answered in {}, {} of {})\n"
             "data      {}/s each way\n"
             "latency   {}\n",
             format_count_rate(rate), report.latency.count(), format_duration(report.measured),
             report.connected, format_count(options.connections, "connection"), format_size(bytes),
             latency_words(report.latency)) +
         errors;
}

int judge(Output& out, const BenchOutcome& outcome) {
  const BenchReport& report = outcome.report;
  if (outcome.signal != 0) return exit_interrupted;
  if (report.faults_in_all() == 0 && report.unanswered == 0) return exit_ok;
  note_first_fault(report, out);
  const auto mismatched = report.faults[static_cast<std::size_t>(BenchFault::mismatched)];
  if (mismatched > 0) out.note("the peer has to send back what it gets: `patchbay tcp serve`");
  return report.latency.count() == 0 ? exit_failed : exit_partly;
}

int run_load(const char* protocol, BenchEngine engine, const BenchFlags& flags, Output& out) {
  const auto to = target_of(flags.to, flags.port);
  if (!to) return out.fail(to.error(), exit_usage);
  const BenchOptions options{.to = *to,
                             .connections = flags.connections,
                             .size_bytes = flags.size_bytes,
                             .depth = flags.depth,
                             .rate = flags.rate,
                             .warmup = flags.warmup,
                             .time = flags.time,
                             .timeout = flags.timeout};
  const auto reserved = reserve_descriptors(options.connections,
                                            std::uint64_t{flags.threads} * k_descriptors_of_a_loop);
  if (!reserved) return out.fail(reserved.error(), exit_failed);
  out.note(describe_load(protocol, options));

  BenchOutcome outcome;
  const auto ran =
      run_bench_shown(engine, {.options = options, .threads = flags.threads}, outcome, out);
  if (!ran) return out.fail(ran.error());
  if (outcome.report.connected == 0 && outcome.error) {
    return fail_to_connect(out, options.to, *outcome.error, options.timeout);
  }
  out.emit(to_record(protocol, options, outcome.report), to_text(options, outcome.report));
  return judge(out, outcome);
}

int run_tcp_bench(const BenchFlags& flags, Output& out) {
  return run_load("tcp", bench_tcp, flags, out);
}

int run_udp_bench(const BenchFlags& flags, Output& out) {
  return run_load("udp", bench_udp, flags, out);
}

void declare_load(Command& load, BenchFlags& o, std::uint64_t least_bytes,
                  std::uint64_t most_bytes) {
  load.argument("HOST:PORT", endpoint(o.to), "whom to load; it has to send back what it gets");
  load.argument("[PORT]", text(o.port), "the port, when HOST stands alone");
  load.flag("-c, --connections N", count(o.connections, 1, k_most_connections), "how many at once");
  load.flag("--size B", size(o.size_bytes, least_bytes, most_bytes), "of a request and its answer");
  load.flag("--depth N", count(o.depth, 1, k_most_depth),
            "requests on their way on each connection");
  load.flag("--rate R", count_rate(o.rate, 0.001, 1e9),
            "requests a second over all, sent when they are due")
      .excludes("depth");
  load.flag("--time TIME", duration(o.time, 1ms), "how long to count");
  load.flag("--warmup TIME", duration(o.warmup), "how long to load before counting");
  load.flag("--timeout TIME", duration(o.timeout, 1ms), "silence that ends a connection");
  load.flag("--threads N", count(o.threads, 1, 256), "threads to load from");
  load.exit_code(exit_partly, "some connections or requests failed");
  load.describe(
      "By default a closed loop: an answer makes the next request due, so a slow peer is asked "
      "less. With --rate an open loop: requests are due at fixed times and latency counts from "
      "then, whether or not the request could be sent, so that a stall of the peer shows in "
      "full.\n\n"
      "Latencies are kept within 0.4 %. Every answer is compared with what was sent.");
}

}  // namespace

void declare_bench(Command& patchbay) {
  Command& bench = patchbay.group("bench", "load a server, measure its latency");
  bench.example("patchbay bench tcp 127.0.0.1:5000 -c 64 --time 10s", "a load of 64 connections");
  auto [tcp, t] = bench.add("tcp", "load a TCP echo server", run_tcp_bench);
  declare_load(tcp, t, 1, k_most_tcp_bytes);
  tcp.example("patchbay bench tcp 127.0.0.1:5000 -c 64", "as fast as it answers");
  tcp.example("patchbay bench tcp 127.0.0.1:5000 -c 64 --rate 10k/s", "at a fixed rate");

  auto [udp, u] = bench.add("udp", "load a UDP echo server", run_udp_bench);
  declare_load(udp, u, k_least_bench_datagram_bytes, k_largest_datagram_bytes);
  udp.example("patchbay bench udp 127.0.0.1:5001 --depth 16", "as fast as it answers");
}

}  // namespace patchbay
