#include "patchbay/tools/scan/output/scan_outputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/output/scan_grep_writer.hpp"
#include "patchbay/tools/scan/output/scan_list_writer.hpp"
#include "patchbay/tools/scan/output/scan_xml_writer.hpp"

namespace patchbay {

namespace {

bool may_be_open(PortState state) {
  return state == PortState::open || state == PortState::open_or_filtered;
}

// -oA, spelled out.
ScanOutputFlags spelled_out(ScanOutputFlags flags) {
  if (!flags.all) return flags;
  flags.text.push_back(*flags.all + ".nmap");
  flags.xml.push_back(*flags.all + ".xml");
  flags.grepable.push_back(*flags.all + ".gnmap");
  flags.ndjson.push_back(*flags.all + ".ndjson");
  return flags;
}

}  // namespace

HostReport only_open(const HostReport& report) {
  HostReport open = report;
  std::erase_if(open.ports, [](const auto& p) { return !may_be_open(p.answer.state); });
  std::erase_if(open.rest, [](const auto& group) { return !may_be_open(group.state); });
  return open;
}

ScanOutputs::ScanOutputs(const ScanOutputFlags& flags, ScanHeading heading, Output& out)
    : flags_(spelled_out(flags)), heading_(std::move(heading)), out_(out) {
  if (!heading_.now) heading_.now = [&out] { return out.wall_time(); };
}

std::expected<std::unique_ptr<ScanOutputs>, int> ScanOutputs::open(const ScanOutputFlags& flags,
                                                                   ScanHeading heading,
                                                                   Output& out) {
  std::unique_ptr<ScanOutputs> outputs(new ScanOutputs(flags, std::move(heading), out));
  if (flags.expect) {
    auto expectation = ScanExpectation::parse(*flags.expect);
    if (!expectation) return std::unexpected(out.fail(expectation.error(), exit_usage));
    outputs->expectation_ = std::move(*expectation);
  }
  const bool has_documents = !outputs->flags_.xml.empty() || !outputs->flags_.json.empty();
  if (flags.append && has_documents) {
    return std::unexpected(
        out.fail(Failure("cannot append to XML or to a JSON document",
                         "a file with two documents in it is none that a program reads",
                         "append to -oD, -oN, -oG or -oL, or leave --append-output out"),
                 exit_usage));
  }
  const auto opened = outputs->open_files();
  if (!opened) return std::unexpected(out.fail(opened.error(), exit_failed));
  if (out.json()) {
    auto stdout_sink = ScanSink::open("-", {}, out);
    if (!stdout_sink) return std::unexpected(out.fail(stdout_sink.error()));
    ScanSink& sink = *outputs->sinks_.emplace_back(std::move(*stdout_sink));
    outputs->add_json(std::make_unique<ScanJsonWriter>(outputs->heading_, outputs->told_, sink,
                                                       Shape::lines, &out));
  } else if (!outputs->stdout_is_taken_) {
    outputs->listeners_.push_back(std::make_unique<ScanView>(outputs->heading_, flags.reason, out));
  }
  return outputs;
}

std::expected<ScanSink*, Failure> ScanOutputs::open_sink(const std::string& path, bool document) {
  auto sink = ScanSink::open(path, {.document = document, .append = flags_.append}, out_);
  if (!sink) return std::unexpected(Failure(sink.error()));
  if ((*sink)->is_stdout()) {
    if (out_.json() || stdout_is_taken_) {
      return std::unexpected(Failure("cannot write two outputs to stdout",
                                     "a reader could not tell them apart",
                                     "give one of them a file"));
    }
    stdout_is_taken_ = true;
  }
  const std::string& identity = (*sink)->identity();
  const bool is_twice = !identity.empty() && std::ranges::any_of(sinks_, [&](const auto& other) {
    return other->identity() == identity;
  });
  if (is_twice) {
    return std::unexpected(
        Failure(fmt::format("cannot write two outputs to {}", escape_terminal(path)),
                "a reader could not tell them apart", "give each a file of its own"));
  }
  return sinks_.emplace_back(std::move(*sink)).get();
}

std::expected<void, Failure> ScanOutputs::open_all(const std::vector<std::string>& paths,
                                                   bool document,
                                                   const std::function<void(ScanSink&)>& make) {
  for (const std::string& path : paths) {
    const auto sink = open_sink(path, document);
    if (!sink) return std::unexpected(sink.error());
    make(**sink);
  }
  return {};
}

std::expected<void, Failure> ScanOutputs::open_files() {
  const ScanTable::Options table = {.details = flags_.reason, .ranges = out_.verbose() > 0};
  const auto text = [&](ScanSink& sink) {
    auto writer = std::make_unique<ScanTextWriter>(heading_, table, sink);
    text_.push_back(writer.get());
    listeners_.push_back(std::move(writer));
  };
  const auto lines = [&](ScanSink& sink) {
    add_json(std::make_unique<ScanJsonWriter>(heading_, told_, sink, Shape::lines));
  };
  const auto document = [&](ScanSink& sink) {
    add_json(std::make_unique<ScanJsonWriter>(heading_, told_, sink, Shape::document));
  };
  const auto xml = [&](ScanSink& sink) {
    listeners_.push_back(std::make_unique<ScanXmlWriter>(heading_, flags_.xml_as_nmap, sink));
  };
  const auto grepable = [&](ScanSink& sink) {
    listeners_.push_back(std::make_unique<ScanGrepWriter>(heading_, sink));
  };
  const auto list = [&](ScanSink& sink) {
    listeners_.push_back(std::make_unique<ScanListWriter>(told_, sink));
  };
  std::expected<void, Failure> opened = open_all(flags_.text, false, text);
  if (opened) opened = open_all(flags_.ndjson, false, lines);
  if (opened) opened = open_all(flags_.json, true, document);
  if (opened) opened = open_all(flags_.xml, true, xml);
  if (opened) opened = open_all(flags_.grepable, false, grepable);
  if (opened) opened = open_all(flags_.list, false, list);
  return opened;
}

void ScanOutputs::add_json(std::unique_ptr<ScanJsonWriter> writer) {
  json_.push_back(writer.get());
  listeners_.push_back(std::move(writer));
}

int ScanOutputs::check(const ScanPlan& plan) {
  if (!expectation_) return exit_ok;
  const auto answerable = expectation_->check(plan);
  return answerable ? exit_ok : out_.fail(answerable.error(), exit_usage);
}

void ScanOutputs::started(const ScanPlan& plan) {
  if (expectation_) check_ = std::make_unique<ExpectationCheck>(*expectation_, plan);
  for (const auto& sink : sinks_) sink->begin();
  for (const auto& listener : listeners_) listener->started(plan);
  flush();
}

void ScanOutputs::flush() {
  for (const auto& sink : sinks_) {
    if (!sink->is_document()) sink->flush();
  }
}

void ScanOutputs::flush_soon() {
  if (gathers_) return gathers_();
  flush();
}

void ScanOutputs::found(const IpAddress& address, const PortFinding& finding) {
  if (!has_ports(finding.port.protocol)) return;
  if (!told_.tell(address, finding.port)) return;
  for (const auto& listener : listeners_) listener->found(address, finding);
  flush_soon();
}

void ScanOutputs::host(const HostReport& report) {
  if (!flags_.only_open) {
    for (const auto& listener : listeners_) listener->host(report);
  } else if (const HostReport open = only_open(report); !open.ports.empty() || !open.rest.empty()) {
    for (const auto& listener : listeners_) listener->host(open);
  }
  told_.forget(report.address);
  if (check_) tell(check_->host(report));
  flush_soon();
}

void ScanOutputs::tell(const std::vector<Violation>& violations) {
  for (const Violation& violation : violations) {
    if (++violations_ <= k_most_told_violations) tell(violation);
  }
}

void ScanOutputs::tell(const Violation& violation) {
  const std::string text = violation_text(violation);
  for (ScanJsonWriter* writer : json_) writer->put(violation_record(violation));
  for (ScanTextWriter* writer : text_) writer->line("not as expected: " + text);
  const std::string line = out_.style(Tone::bad, "not as expected:") + ' ' + text;
  if (stdout_is_taken_) {
    out_.note("not as expected: " + text);
  } else {
    out_.print(line);
  }
}

void ScanOutputs::ended(const ScanTotals& totals) {
  if (check_) tell(check_->silent());
  if (violations_ > k_most_told_violations) {
    warn(fmt::format("{} more breaches of --expect are not told",
                     violations_ - k_most_told_violations));
  }
  for (const auto& listener : listeners_) listener->ended(totals);
  for (const auto& sink : sinks_) sink->finish();
}

void ScanOutputs::warn(const std::string& text) {
  out_.warn(text);
  for (ScanJsonWriter* writer : json_) writer->put(Record("warning").text("text", text));
  flush();
}

void ScanOutputs::progress(const ScanProgress& progress) {
  for (ScanJsonWriter* writer : json_) writer->progress(progress);
  flush();
}

int ScanOutputs::exit_code() const {
  // A reader of stdout that left is no failure, and a full disk behind it Output tells.
  const bool failed = std::ranges::any_of(
      sinks_, [](const auto& sink) { return sink->failed() && !sink->is_stdout(); });
  if (failed) return exit_failed;
  return violations_ > 0 ? exit_condition : exit_ok;
}

}  // namespace patchbay
