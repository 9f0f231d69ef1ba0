#include "patchbay/tools/http_bench/http_bench_cli.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <vector>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/tools/bench_descriptors.hpp"
#include "patchbay/tools/bench_run.hpp"
#include "patchbay/tools/connect_failure.hpp"
#include "patchbay/tools/http_bench/http1_bench.hpp"
#include "patchbay/tools/http_bench/http2_bench.hpp"
#include "patchbay/tools/http_bench/http_bench_report.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/wire/http_field.hpp"

namespace patchbay {

namespace {

constexpr std::uint64_t k_most_connections = 1'000'000;
constexpr std::uint64_t k_most_pipeline = 1024;
constexpr std::uint64_t k_most_streams = 256;

// A load by requests ends with the last of them, not by its time.
constexpr Duration k_no_end = 1000h;

struct HttpBenchFlags {
  std::string url;
  std::uint32_t connections = 1;
  std::uint32_t pipeline = 1;
  std::optional<double> rate;
  std::optional<std::uint64_t> requests;
  Duration time = 10s;
  Duration warmup = 1s;
  Duration timeout = 2s;
  Duration hold = 0s;
  unsigned threads = 1;
  std::vector<std::string> headers;
  std::string method = "GET";
  bool no_keep_alive = false;
  bool http2 = false;
  std::uint32_t streams = 16;
  bool insecure = false;
  std::optional<std::string> ca_file;
};

struct Plan {
  HttpBenchOptions options;
  BenchOptions load;
};

struct AllCounts {
  std::mutex mutex;
  HttpBenchCounts counts;  // of the loops that have ended
};

std::unexpected<HttpBenchRefused> refuse(Failure failure) {
  return std::unexpected(HttpBenchRefused{std::move(failure)});
}

std::expected<Plan, HttpBenchRefused> plan_of(const HttpBenchFlags& flags) {
  auto target = parse_http_target(flags.url);
  if (!target) return refuse(target.error());
  if (!is_http_token(flags.method)) {
    return refuse(Failure(fmt::format("--method '{}' is no method", escape_terminal(flags.method)),
                          "a method is a token, as GET (RFC 9110 section 9.1)",
                          "GET, HEAD, POST, …"));
  }
  Plan plan{.options = {.target = std::move(*target),
                        .request = {.method = flags.method, .keep_alive = !flags.no_keep_alive},
                        .tls = {.verify = !flags.insecure, .ca_file = flags.ca_file.value_or("")},
                        .http2 = flags.http2,
                        .hold = flags.hold},
            .load = {.connections = flags.connections,
                     .depth = flags.http2 ? flags.streams : flags.pipeline,
                     .rate = flags.rate,
                     .warmup = flags.warmup,
                     .time = flags.time,
                     .timeout = flags.timeout}};
  plan.load.to = plan.options.target.to;
  for (const std::string& text : flags.headers) {
    const auto added = add_header_flag(text, plan.options.request);
    if (!added) return std::unexpected(added.error());
  }
  if (flags.requests) {
    plan.load.warmup = 0s;
    if (flags.rate) {
      plan.load.requests = flags.requests;
      plan.load.time = Duration(static_cast<Duration::rep>(
          std::min(static_cast<double>(*flags.requests) / *flags.rate * 1e9,
                   static_cast<double>(k_no_end.count()))));
    } else {
      plan.load.time = k_no_end;
      plan.options.requests = flags.requests;
    }
  }
  const std::size_t batch =
      http1_request_bytes(plan.options.target, plan.options.request).size() * flags.pipeline;
  if (!flags.http2 && flags.pipeline > 1 && batch > k_most_http1_batch_bytes) {
    return refuse(Failure(
        fmt::format("--pipeline {} makes {} in one write", flags.pipeline, format_size(batch)),
        fmt::format("beyond {} each side could wait for the other to read",
                    format_size(k_most_http1_batch_bytes)),
        "a smaller --pipeline, or fewer and shorter fields"));
  }
  return plan;
}

std::string describe_load(const Plan& plan) {
  const BenchOptions& load = plan.load;
  std::string kind = "closed loop";
  if (load.rate) kind = fmt::format("open loop at {}", format_count_rate(*load.rate));
  if (plan.options.http2) {
    kind += fmt::format(", HTTP/2 with {}", format_count(load.depth, "stream"));
  } else if (load.depth > 1) {
    kind += fmt::format(", {} pipelined", load.depth);
  }
  if (!plan.options.request.keep_alive) kind += ", a connection for each request";
  std::string length =
      fmt::format("{} after {}", format_duration(load.time), format_duration(load.warmup));
  const auto requests = load.rate ? load.requests : plan.options.requests;
  if (requests) length = format_count(*requests, "request");
  return fmt::format("[*] {} {}: {}, {}, {}", plan.options.request.method,
                     escape_terminal(plan.options.target.url()),
                     format_count(load.connections, "connection"), kind, length);
}

// The library says what can be done about a certificate; these flags do it.
std::string flags_for(const Error& error) {
  const bool about_trust = std::string_view(error.operation()).starts_with("trust");
  return about_trust ? " (--tls-ca FILE, or --insecure)" : "";
}

int judge(Output& out, const HttpBenchFindings& found, int signal) {
  if (signal != 0) return exit_interrupted;
  const BenchReport& report = found.report;
  note_first_fault(report, out);
  if (report.latency.count() == 0) return exit_failed;
  const bool whole = report.faults_in_all() == 0 && found.failed() == 0 && found.counts.unsent == 0;
  return whole ? exit_ok : exit_partly;
}

// The load of one loop; its counts go to those of all.
Task<Result<>> load_one_loop(const Plan& plan, BenchOptions share, HttpBenchQuota& quota,
                             BenchReport& report, AllCounts& all) {
  HttpBenchCounts counts;
  const auto bench = plan.options.http2 ? bench_http2 : bench_http1;
  const auto ended = co_await bench(plan.options, std::move(share), quota, report, counts);
  const std::scoped_lock lock(all.mutex);
  all.counts.merge(counts);
  co_return ended;
}

int run_http_bench(const HttpBenchFlags& flags, Output& out) {
  const auto plan = plan_of(flags);
  if (!plan) return out.fail(plan.error().failure, plan.error().code);
  const BenchOptions& load = plan->load;
  const auto reserved =
      reserve_descriptors(load.connections, std::uint64_t{flags.threads} * k_descriptors_of_a_loop);
  if (!reserved) return out.fail(reserved.error(), exit_failed);
  if (flags.insecure) {
    out.warn("--insecure: the server's certificate is not checked");
  }
  out.note(describe_load(*plan));

  HttpBenchQuota quota(plan->options.requests);
  AllCounts all;
  const BenchEngine engine = [&](BenchOptions share, BenchReport& report) {
    return load_one_loop(*plan, std::move(share), quota, report, all);
  };
  const Duration cpu_before = cpu_of_this_process();
  BenchOutcome outcome;
  const auto ran = run_bench_shown(
      engine, {.options = load, .threads = flags.threads, .ends_by_time = !plan->options.requests},
      outcome, out);
  if (!ran) return out.fail(ran.error());
  if (outcome.report.connected == 0 && outcome.error) {
    return fail_to_connect(out, load.to, *outcome.error, load.timeout, flags_for(*outcome.error));
  }
  const HttpBenchFindings found{.options = plan->options,
                                .load = load,
                                .report = outcome.report,
                                .counts = all.counts,
                                .cpu = cpu_of_this_process() - cpu_before};
  out.emit(to_record(found), to_text(found));
  return judge(out, found, outcome.signal);
}

}  // namespace

void declare_bench_http(Command& patchbay) {
  Command& bench = *patchbay.find("bench");
  auto [http, o] = bench.add("http", "load a web server", run_http_bench);
  http.argument("URL", text(o.url), "what to ask for; http:// or https://");
  http.flag("-c, --connections N", count(o.connections, 1, k_most_connections), "how many at once");
  http.flag("-t, --threads N", count(o.threads, 1, 256), "threads to load from");
  http.flag("-d, --time TIME", duration(o.time, 1ms), "how long to count");
  http.flag("--warmup TIME", duration(o.warmup), "how long to load before counting")
      .alias("--warm-up");
  http.flag("--requests N", count(o.requests, 1), "end after so many; all of them count")
      .excludes("time")
      .excludes("warmup");
  http.flag("--rate R", count_rate(o.rate, 0.001, 1e9),
            "requests a second over all, sent when they are due");
  http.flag("--pipeline N", count(o.pipeline, 1, k_most_pipeline),
            "requests in one write; the next when all are answered");
  http.flag("--http2", toggle(o.http2), "speak HTTP/2; in the clear without asking first")
      .excludes("pipeline")
      .excludes("no-keep-alive");
  http.flag("--streams N", count(o.streams, 1, k_most_streams),
            "requests on their way on each connection of HTTP/2")
      .needs("http2");
  http.flag("--timeout TIME", duration(o.timeout, 1ms), "silence that ends a connection");
  http.flag("-X, --method METHOD", text(o.method), "what to ask with; there is no body");
  http.flag("-H, --header FIELD", text(o.headers),
            "a further field, 'Name: value'; @FILE has one a line, for secrets");
  http.flag("--no-keep-alive", toggle(o.no_keep_alive), "a connection for each request")
      .excludes("pipeline");
  http.flag("--hold TIME", duration(o.hold), "keep the connections open so long at the end");
  http.section("TLS");
  http.flag("--tls-ca FILE", file(o.ca_file),
            "trust these authorities (PEM) in place of the system's")
      .alias("--ca");
  http.flag("--insecure", toggle(o.insecure), "accept any certificate, and warn").not_a_setting();
  http.exit_code(exit_partly,
                 "requests failed: no answer, one of 4xx or 5xx, or never sent with --rate");
  http.example("patchbay bench http http://127.0.0.1:8080/ -c 64", "as fast as it answers");
  http.example("patchbay bench http http://127.0.0.1:8080/ -c 64 --rate 10k/s", "at a fixed rate");
  http.example("patchbay bench http https://web1.lab/ -c 16 --no-keep-alive",
               "full TLS handshakes");
  http.see_also("wrk(1)");
  http.describe(
      "By default a closed loop: an answer makes the next request due, so a slow server is asked "
      "less. With --rate an open loop: requests are due at fixed times and latency counts from "
      "then, whether or not the request could be sent, so that a stall of the server shows in "
      "full. What could not be sent until the end is counted as unsent.\n\n"
      "A connection that breaks or cannot be made is counted as an error, its requests stay "
      "unanswered, and another takes its place. Nothing is asked twice.\n\n"
      "Latencies are kept within 0.4 %. With --no-keep-alive they include making the connection.");
}

}  // namespace patchbay
