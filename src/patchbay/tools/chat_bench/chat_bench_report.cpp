#include "patchbay/tools/chat_bench/chat_bench_report.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "patchbay/base/units.hpp"
#include "patchbay/tools/bench_text.hpp"

namespace patchbay {

namespace {

using Moment = ChatBenchMoment;

// The server's CPU time between two moments; nothing: it was not looked at.
std::optional<Duration> cpu_between(const ChatBenchCounts& counts, Moment from, Moment to) {
  const auto &begin = counts.server_at(from), &end = counts.server_at(to);
  if (!begin || !end) return std::nullopt;
  return end->cpu - begin->cpu;
}

// What each client costs the server in memory of its own, from before the first to `then`.
std::optional<double> bytes_each(const ChatBenchCounts& counts, Moment then) {
  const auto &begin = counts.server_at(Moment::begun), &end = counts.server_at(then);
  if (!begin || !end || counts.entered == 0) return std::nullopt;
  return (static_cast<double>(end->anonymous_bytes) - static_cast<double>(begin->anonymous_bytes)) /
         counts.entered;
}

void add_time(Record& record, std::string_view key, std::optional<Duration> time) {
  if (time) record.time_us(key, *time);
}

void add_number(Record& record, std::string_view key, std::optional<double> number) {
  if (number) record.number(key, *number);
}

// The moments that there were, with their memory.
void add_server(Record& record, const ChatBenchCounts& counts) {
  static constexpr const char* names[k_chat_bench_moments] = {"begun", "entered",    "joined",
                                                              "idled", "talk_began", "talk_ended"};
  std::string moments;
  for (std::size_t i = 0; i < k_chat_bench_moments; ++i) {
    const auto& server = counts.server[i];
    if (!server) continue;
    moments += fmt::format(
        "{}\"{}\":{{\"cpu_us\":{},\"resident_bytes\":{},\"peak_bytes\":{},\"anonymous_bytes\":{},"
        "\"data_bytes\":{}}}",
        moments.empty() ? "" : ",", names[i],
        std::chrono::duration_cast<std::chrono::microseconds>(server->cpu).count(),
        server->resident_bytes, server->peak_bytes, server->anonymous_bytes, server->data_bytes);
  }
  if (moments.empty()) return;
  record.json("server", "{" + moments + "}");
  add_time(record, "server_join_cpu_us", cpu_between(counts, Moment::entered, Moment::joined));
  add_time(record, "server_idle_cpu_us", cpu_between(counts, Moment::joined, Moment::idled));
  add_time(record, "server_talk_cpu_us",
           cpu_between(counts, Moment::talk_began, Moment::talk_ended));
  add_number(record, "client_entered_bytes", bytes_each(counts, Moment::entered));
  add_number(record, "client_joined_bytes", bytes_each(counts, Moment::joined));
  add_number(record, "client_idled_bytes", bytes_each(counts, Moment::idled));
}

double bytes_of_a_line(const ChatBenchFindings& found) {
  const std::uint64_t lines = found.report.answers_in_time;
  return lines == 0 ? 0
                    : static_cast<double>(found.counts.received_bytes) / static_cast<double>(lines);
}

std::string clients_words(const ChatBenchFindings& found) {
  const ChatBenchPlan& plan = found.options.plan;
  const ChatBenchCounts& counts = found.counts;
  std::string words =
      fmt::format("{} of {} came in within {}", counts.entered,
                  format_count(plan.clients, "client"), format_duration(counts.entering));
  if (plan.rooms == 0 || found.options.face != ChatBenchFace::irc) return words;
  words += fmt::format("; {} of {}: ", format_count(plan.rooms, "room"),
                       format_count(plan.members, "member"));
  if (counts.joining) {
    return words + fmt::format("everybody was seen after {}", format_duration(*counts.joining));
  }
  return words + fmt::format("not seen by {}", format_count(counts.unseen, "member"));
}

std::string defect_words(const ChatBenchCounts& counts) {
  std::string words;
  const auto add = [&words](std::uint64_t count, const char* what) {
    if (count > 0) words += fmt::format("{}{} {}", words.empty() ? "" : ", ", count, what);
  };
  add(counts.lost, "lost");
  add(counts.doubled, "doubled");
  add(counts.reordered, "reordered");
  add(counts.strange, "that nobody said there");
  add(counts.refusals, "refused");
  return words.empty() ? "none" : words;
}

std::string server_words(const ChatBenchFindings& found) {
  const ChatBenchCounts& counts = found.counts;
  std::string words;
  const auto talk = cpu_between(counts, Moment::talk_began, Moment::talk_ended);
  if (talk && *talk > Duration{}) {
    words = fmt::format("{} of CPU in {}, {:.0f} deliveries for each second of it; ",
                        format_duration(*talk), format_duration(found.report.measured),
                        per_second(found.report.answers_in_time, *talk));
  }
  if (const auto each = bytes_each(counts, Moment::idled)) {
    words += fmt::format("{} of memory for each client; ",
                         format_size(static_cast<std::uint64_t>(std::max(*each, 0.0))));
  }
  for (std::size_t i = k_chat_bench_moments; i-- > 0;) {
    if (!counts.server[i]) continue;
    return fmt::format("server      {}{} resident at most\n", words,
                       format_size(counts.server[i]->peak_bytes));
  }
  return {};
}

}  // namespace

const char* name_of(ChatBenchPhase phase) {
  switch (phase) {
    case ChatBenchPhase::entering: return "entering";
    case ChatBenchPhase::joining: return "joining";
    case ChatBenchPhase::idling: return "idle";
    case ChatBenchPhase::talking: return "talking";
    case ChatBenchPhase::draining: return "waiting for the last lines";
  }
  return "";
}

Record to_record(const ChatBenchFindings& found) {
  const ChatBenchOptions& options = found.options;
  const BenchReport& report = found.report;
  const ChatBenchCounts& counts = found.counts;
  Record record("result");
  record.text("protocol", name_of(options.face))
      .text("target", options.load.to.to_string())
      .flag("tls", options.tls.has_value())
      .count("clients", options.plan.clients)
      .count("connected", report.connected)
      .count("entered", counts.entered)
      .count("rooms", options.plan.rooms)
      .count("members", options.plan.members)
      .count("talkers", options.plan.talkers)
      .count("stalled", options.stalled)
      .bytes("size_bytes", options.load.size_bytes)
      .text("loop", options.load.rate ? "open" : "closed");
  if (options.load.rate) {
    record.number("rate", *options.load.rate);
  } else {
    record.count("window", options.load.depth);
  }
  record.time_us("entered_us", counts.entering);
  add_time(record, "joined_us", counts.joining);
  record.count("unseen", counts.unseen)
      .count("repeated_joins", counts.repeated_joins)
      .time_us("measured_us", report.measured)
      .count("lines", counts.lines)
      .count("owed", report.requests)
      .count("deliveries", report.latency.count())
      .number("lines_per_second", per_second(counts.lines, report.measured))
      .number("deliveries_per_second", per_second(report.answers_in_time, report.measured))
      .count("lost", counts.lost)
      .count("doubled", counts.doubled)
      .count("reordered", counts.reordered)
      .count("strange", counts.strange)
      .count("refusals", counts.refusals)
      .count("cut_stalled", counts.cut_stalled)
      .bytes("received_bytes", counts.received_bytes)
      .number("line_bytes", bytes_of_a_line(found));
  add_latency(record, report.latency);
  add_faults(record, report);
  if (!counts.first_refusal.empty()) record.text("first_refusal", counts.first_refusal);
  if (!counts.first_farewell.empty()) record.text("first_farewell", counts.first_farewell);
  add_server(record, counts);
  return record.time_us("cpu_us", found.cpu);
}

std::string to_text(const ChatBenchFindings& found) {
  const BenchReport& report = found.report;
  const ChatBenchCounts& counts = found.counts;
  std::string text = fmt::format("clients     {}\n", clients_words(found));
  if (report.latency.count() > 0) {
    text += fmt::format(
        "lines       {} ({} in {}, {:.0f} B each as they arrive)\n"
        "deliveries  {} ({} of {})\n"
        "latency     {}\n",
        format_count_rate(per_second(counts.lines, report.measured)), counts.lines,
        format_duration(report.measured), bytes_of_a_line(found),
        format_count_rate(per_second(report.answers_in_time, report.measured)),
        report.latency.count(), report.requests, latency_words(report.latency));
  } else if (found.options.plan.voices() > 0) {
    text += fmt::format("lines       {} said, none was delivered\n", counts.lines);
  }
  text +=
      fmt::format("defects     {}\nerrors      {}\n", defect_words(counts), fault_words(report));
  if (found.options.stalled > 0) {
    text += fmt::format("stalled     {}, of which the server cut {}\n",
                        format_count(found.options.stalled, "client"), counts.cut_stalled);
  }
  return text + server_words(found) +
         fmt::format("cost        {} of CPU on this side\n", format_duration(found.cpu));
}

}  // namespace patchbay
