#include "patchbay/tools/scan/scan_session.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/raw.hpp"
#include "patchbay/tools/replace_file.hpp"
#include "patchbay/tools/scan/scan_discovery.hpp"
#include "patchbay/tools/scan/scan_progress.hpp"
#include "patchbay/tools/scan/service/answers_everything.hpp"
#include "patchbay/tools/scan/service/service_prober.hpp"
#include "patchbay/tools/scan/targets/host_split.hpp"
#include "patchbay/tools/scan/targets/port_names.hpp"
#include "patchbay/tools/scan/targets/scan_forecast.hpp"
#include "patchbay/tools/scan/targets/scan_listing.hpp"
#include "patchbay/tools/scan/targets/scan_safety.hpp"

namespace patchbay {

namespace {

constexpr Duration k_look = 200ms;
// Where --checkpoint does not say.
constexpr const char* k_resume_file = "patchbay-scan.resume";

// A raw IP socket takes the same right as a packet socket, and closing it does not wait until every
// processor has seen it go (packet_release() of Linux: some 15 ms).
bool may_send_packets() { return RawSocket::open(Family::v4, IPPROTO_RAW).has_value(); }

bool needs_packets(const ScanPlan& plan) {
  if (plan.tcp != TcpMethod::connect) return true;
  return std::ranges::any_of(
      plan.ports, [](const ScanPort& port) { return port.protocol != ScanProtocol::tcp; });
}

// Its open ports are told together: they say nothing of what is there.
HostReport as_answer_machine(HostReport report) {
  report.answers_everything = true;
  std::map<std::pair<ScanProtocol, AnswerReason>, PortGroup> groups;
  std::erase_if(report.ports, [&](const PortFinding& finding) {
    if (finding.answer.state != PortState::open) return false;
    const std::uint16_t number = finding.port.number;
    PortGroup& group = groups[{finding.port.protocol, finding.answer.reason}];
    group.protocol = finding.port.protocol;
    group.state = PortState::open;
    group.reason = finding.answer.reason;
    ++group.count;
    if (!group.ports.empty() && group.ports.back().second + 1 == number) {
      group.ports.back().second = number;
    } else {
      group.ports.emplace_back(number, number);
    }
    return true;
  });
  for (auto& [key, group] : groups) report.rest.push_back(std::move(group));
  return report;
}

// As this process was started. There are no secrets in it: no flag takes one.
std::string typed_words() {
  std::ifstream file("/proc/self/cmdline");
  std::string words{std::istreambuf_iterator<char>(file), {}};
  while (!words.empty() && words.back() == '\0') words.pop_back();
  std::ranges::replace(words, '\0', ' ');
  return words;
}

}  // namespace

// --- what is asked -------------------------------------------------------------------------------

Task<int> ScanSession::run() {
  if (const auto code = co_await prepare()) co_return *code;
  Result<> probed = co_await discover();
  if (probed) probed = co_await probe();
  cancelled_ = !probed && probed.error().fault() == Fault::cancelled;
  if (!cancelled_) co_await ask_services();
  if (const auto turn = co_await yield(); !turn) cancelled_ = true;
  if (cancelled_ || flags_.checkpoint) save_checkpoint(flags_.checkpoint.value_or(k_resume_file));
  if (cancelled_) {
    for (ScanPart& part : parts_) part.run().forget_unasked();
  }
  tell_hosts();
  const ScanTotals all = totals();
  outputs_->ended(all);
  co_return exit_code(probed, all);
}

Task<std::optional<int>> ScanSession::prepare() {
  auto interfaces = Loop::current().engine().interfaces();
  if (!interfaces) co_return out_.fail(interfaces.error());
  interfaces_ = std::move(*interfaces);
  auto wish = read_scan_flags(flags_, interfaces_);
  if (!wish) co_return out_.fail(wish.error(), exit_usage);
  wish_ = std::move(*wish);
  seed_ = flags_.seed.value_or(Loop::current().random_bits());
  if (wish_->resumed.empty()) {
    if (const auto code = co_await find_targets()) co_return code;
  } else {
    plan_ = wish_->resumed.front().plan;
  }
  const bool is_public = PublicHosts(plan_.hosts).count() > 0;
  auto pace = scan_pace_of(flags_.timing, is_public);
  if (!pace) co_return out_.fail(pace.error(), exit_usage);
  pace_ = *pace;
  if (const auto code = only_tell()) co_return code;
  if (const auto safe = check_scan(plan_, flags_.yes); !safe) {
    co_return out_.fail(safe.error(), exit_usage);
  }
  ScanHeading heading{
      .version = out_.version(),
      .command_line = typed_words(),
      .service_of = [](const ScanPort& port) { return std::string(service_name(port)); },
      .probes_services = flags_.services};
  auto outputs = ScanOutputs::open(flags_.output, std::move(heading), out_);
  if (!outputs) co_return outputs.error();
  outputs_ = std::move(*outputs);
  if (const int code = outputs_->check(plan_); code != exit_ok) co_return code;
  if (const auto code = choose_engines()) co_return code;
  outputs_->started(plan_);
  co_return std::nullopt;
}

Task<std::optional<int>> ScanSession::find_targets() {
  ScanTargets targets(wish_->family);
  std::expected<void, Failure> added;
  for (const std::string& word : flags_.targets) {
    if (added) added = targets.add(TargetUse::scan, word);
  }
  if (added && flags_.input_list) added = targets.add_file(TargetUse::scan, *flags_.input_list);
  for (const std::string& word : flags_.exclude) {
    if (added) added = targets.add(TargetUse::exclude, word);
  }
  if (added && flags_.exclude_file) {
    added = targets.add_file(TargetUse::exclude, *flags_.exclude_file);
  }
  if (added) added = targets.add_system_exclusions();
  if (!added) co_return out_.fail(added.error(), exit_usage);
  const auto names = co_await look_up_targets(targets.names(), {.family = wish_->family});
  if (!names) co_return out_.fail(names.error());
  auto settled = targets.settle(*names);
  if (!settled) co_return out_.fail(settled.error(), exit_usage);
  targets_ = std::move(*settled);
  for (const NameFailure& failure : targets_.failures) out_.fail(failure.error);
  if (targets_.hosts.empty()) co_return exit_failed;
  plan_.hosts = targets_.hosts;
  plan_.names = targets_.names;
  plan_.ports = wish_->ports.ports;
  plan_.likely_ports = wish_->ports.likely;
  co_return std::nullopt;
}

std::optional<int> ScanSession::only_tell() {
  if (flags_.list) {
    list_targets(targets_, out_);
    return exit_ok;
  }
  if (!flags_.dry_run) return std::nullopt;
  const bool by_packets = wish_->method ? *wish_->method != TcpMethod::connect : may_send_packets();
  plan_.tcp = wish_->method.value_or(by_packets ? TcpMethod::syn : TcpMethod::connect);
  print_dry_run({.plan = plan_,
                 .targets = targets_,
                 .pace = pace_,
                 .forecast = forecast_scan(plan_, pace_),
                 .engine = by_packets ? "packet" : "connect",
                 .why = {}},
                out_);
  return exit_ok;
}

void ScanSession::add_part(ScanPlan plan) {
  if (plan.hosts.empty()) return;
  if (flags_.hosts_only) plan = discovery_plan(plan);
  parts_.push_back(make_part(std::move(plan), parts_.size()));
  // Shards go together only where all of them have the same hosts.
  const bool looks_first = !flags_.no_discovery && !flags_.hosts_only && !flags_.shard;
  parts_.back().set_undiscovered(looks_first && plan_.host_count() > 1);
}

ScanPart ScanSession::make_part(ScanPlan plan, std::size_t place) {
  const ScanShard shard = plan.one_answer_is_enough ? ScanShard() : wish_->shard;
  ScanListener& listener = listener_of(plan);
  return {std::move(plan), pace_, listener, seed_ + place, shard};
}

// Who is there is told with the hosts, and not by each port that shows it.
ScanListener& ScanSession::listener_of(const ScanPlan& plan) {
  if (plan.one_answer_is_enough) return silent_;
  return *outputs_;
}

// This host is asked by connections, whatever others are asked by: our packets do not come back.
std::optional<int> ScanSession::choose_engines() {
  if (!wish_->resumed.empty()) {
    for (ScanCheckpoint& checkpoint : wish_->resumed) {
      ScanListener& listener = listener_of(checkpoint.plan);
      parts_.emplace_back(std::move(checkpoint), pace_, listener);
    }
    return std::nullopt;
  }
  const HostSplit split = split_hosts(plan_.hosts, interfaces_);
  const bool packets_for_others = !split.elsewhere.empty() && wish_->method != TcpMethod::connect;
  const bool may_send = packets_for_others && may_send_packets();
  plan_.tcp = wish_->method.value_or(may_send ? TcpMethod::syn : TcpMethod::connect);
  if (packets_for_others && !may_send && needs_packets(plan_)) {
    return out_.fail(Failure("packets cannot be sent", "that takes the capability CAP_NET_RAW",
                             "sudo patchbay scan …, or without it -sT (TCP by connections)"),
                     exit_permission);
  }
  ScanPlan here = plan_;
  here.hosts = split.here;
  here.tcp = TcpMethod::connect;
  const bool asks_here_by_packets = plan_.tcp != TcpMethod::connect && plan_.tcp != TcpMethod::syn;
  if (!here.hosts.empty() && (asks_here_by_packets || needs_packets(here))) {
    return out_.fail(
        Failure("this host cannot be asked by packets", "what it sends to itself never leaves it",
                "-sT for its TCP ports, or --exclude its addresses"),
        exit_usage);
  }
  ScanPlan elsewhere = plan_;
  elsewhere.hosts = split.elsewhere;
  if (packets_for_others && !may_send) {
    out_.note("[*] TCP is asked by connections: packets take the capability CAP_NET_RAW");
  }
  out_.detail(1, fmt::format("TCP is asked by {}{}", name_of(plan_.tcp),
                             split.here.empty() ? "" : "; this host by connect"));
  add_part(std::move(here));
  add_part(std::move(elsewhere));
  return std::nullopt;
}

// --- the work ------------------------------------------------------------------------------------

// A part stays as it is until it is known who of it is there: so nobody is lost where the scan is
// broken off before that.
Task<Result<>> ScanSession::discover() {
  for (std::size_t place = 0; place < parts_.size();) {
    ScanPart& part = parts_[place];
    if (part.is_undiscovered()) {
      ScanPart discovery(discovery_plan(part.plan()), pace_, silent_, seed_, {});
      if (const auto probed = co_await probe_part(discovery); !probed) co_return probed.error();
      ScanPlan plan = part.plan();
      plan.hosts = hosts_there(discovery.plan(), discovery.run().findings());
      if (plan.hosts.empty()) {
        parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(place));
        continue;
      }
      part = make_part(std::move(plan), place);
    }
    ++place;
  }
  if (parts_.empty()) {
    out_.note("[*] Nobody answered; hosts that answer nothing are asked with --no-discovery (-Pn)");
  }
  co_return ok();
}

Task<Result<>> ScanSession::probe() {
  for (ScanPart& part : parts_) {
    auto probed = co_await probe_part(part);
    if (part.plan().tcp == TcpMethod::connect) look_for_ways(part);
    if (!probed) co_return probed.error();
  }
  co_return ok();
}

// connect(2) says "unreachable" for this host and for routers alike. So the kernel is asked which
// of the targets it has no way to, now that all of them were asked.
void ScanSession::look_for_ways(const ScanPart& part) {
  if (!Loop::current().engine().capabilities().foreign_descriptors) return;
  const auto ways =
      KernelHopFinder().hops_to(part.plan().hosts, {.interface = wish_->way.interface_index});
  if (!ways) return;
  for (std::size_t i = 0; i < ways->size(); ++i) {
    if (!(*ways)[i]) tell_no_way((*ways)[i].error());
  }
}

// The address of everybody on a link is no host, so nobody misses its answer.
void ScanSession::tell_no_way(const Error& error) {
  if (error.code() == 0) return out_.detail(1, error.describe());
  unreachable_ = true;
  outputs_->warn(fmt::format("{}: {}", error.what(), error.why()));
}

Task<Result<>> ScanSession::probe_part(ScanPart& part) {
  const auto notice = [this](const Error& error) { tell_no_way(error); };
  auto keys = out_.err_is_terminal() && !out_.quiet() ? ScanKeys::open() : std::nullopt;
  if (!keys) co_return co_await either(part.probe(wish_->way, notice), watch(part));
  co_return co_await either(either(part.probe(wish_->way, notice), watch(part)),
                            hear_keys(*keys, part));
}

Task<Result<>> ScanSession::hear_keys(ScanKeys& keys, ScanPart& part) {
  ScanRun& run = part.run();
  for (;;) {
    const auto key = co_await keys.next();
    if (!key && key.error().fault() == Fault::cancelled) co_return key.error();
    if (!key) break;
    switch (*key) {
      case ScanKey::status: out_.note(to_string(ScanGauge(run).read(Loop::current().now()))); break;
      case ScanKey::skip_host: skip_host(part); break;
      case ScanKey::faster: change_pace(run, 2); break;
      case ScanKey::slower: change_pace(run, 0.5); break;
    }
  }
  // The terminal has gone, and the scan goes on without it.
  Event never;
  co_return co_await never.wait();
}

void ScanSession::skip_host(ScanPart& part) {
  const auto host = part.run().most_silent_host();
  if (!host) return;
  part.run().skip_host(*host);
  out_.note(fmt::format("[*] {} is asked no more", part.plan().hosts.at(*host).to_string()));
}

void ScanSession::change_pace(ScanRun& run, double factor) {
  run.set_ceiling(run.ceiling() * factor);
  out_.note(fmt::format("[*] {:.0f} unanswered probes a second at the most", run.ceiling()));
}

// Tells how far it is, and keeps that in a file where that is wanted.
Task<Result<>> ScanSession::watch(ScanPart& part) {
  ScanGauge gauge(part.run());
  Instant told = Loop::current().now();
  Instant saved = told;
  for (;;) {
    const auto slept = co_await sleep_for(k_look);
    if (!slept) co_return slept.error();
    const Instant now = Loop::current().now();
    const ScanProgress progress = gauge.read(now);
    out_.progress(to_string(progress), now);
    if (flags_.stats_every && now - told >= *flags_.stats_every) {
      told = now;
      outputs_->progress(progress);
      out_.note(to_string(progress));
    }
    if (flags_.checkpoint && now - saved >= flags_.checkpoint_every) {
      saved = now;
      save_checkpoint(*flags_.checkpoint);
    }
  }
}

Task<> ScanSession::ask_services() {
  const ServiceOptions options{.intensity = flags_.version_intensity,
                               .allow_ot = flags_.allow_ot,
                               .interface = wish_->way.interface,
                               .source = wish_->way.source};
  std::vector<ServiceTarget> targets;
  for (const ScanPart& part : parts_) {
    for (std::uint64_t host = 0; host < part.plan().host_count(); ++host) {
      if (!part.run().findings().has_answered(host)) continue;
      const HostReport report = part.run().report(host);
      std::vector<std::uint16_t> open;
      for (const PortFinding& port : report.ports) {
        if (port.answer.state == PortState::open && port.port.protocol == ScanProtocol::tcp) {
          open.push_back(port.port.number);
        }
      }
      if (open.size() > k_suspicious_open_ports &&
          co_await answers_everything(report.address, open, options)) {
        answer_machines_.push_back(report.address);
        continue;
      }
      if (!flags_.services) continue;
      for (const PortFinding& port : report.ports) {
        if (port.answer.state != PortState::open) continue;
        targets.push_back({.address = report.address,
                           .port = port.port,
                           .name = report.name,
                           .round_trip = port.answer.round_trip});
      }
    }
  }
  std::vector<ServiceAnswer> answers;
  co_await find_services(targets, options, answers);
  for (std::size_t i = 0; i < targets.size() && i < answers.size(); ++i) {
    if (!answers[i].finding) continue;
    services_[{targets[i].address, targets[i].port}] = std::move(*answers[i].finding);
  }
}

// --- what is told --------------------------------------------------------------------------------

void ScanSession::tell_hosts() {
  for (const ScanPart& part : parts_) {
    if (part.is_undiscovered()) continue;  // it was broken off before: nothing is known yet
    for (std::uint64_t host = 0; host < part.plan().host_count(); ++host) {
      if (out_.gone()) return;
      tell_host(part, host);
    }
  }
}

void ScanSession::tell_host(const ScanPart& part, std::uint64_t host) {
  HostReport report = part.run().report(host);
  const bool hosts_only = part.plan().one_answer_is_enough;
  if (hosts_only && !report.answered) return;
  if (hosts_only) {
    report.ports.clear();
    report.rest.clear();
  }
  if (std::ranges::find(answer_machines_, report.address) != answer_machines_.end()) {
    report = as_answer_machine(std::move(report));
  }
  for (PortFinding& port : report.ports) {
    const auto found = services_.find({report.address, port.port});
    if (found != services_.end()) port.service = found->second;
  }
  outputs_->host(report);
}

void ScanSession::save_checkpoint(const std::string& path) {
  if (parts_.empty()) return;
  std::string text;
  for (const ScanPart& part : parts_) text += part.checkpoint().to_text();
  const auto saved = replace_file(path, text);
  if (!saved) {
    out_.fail(saved.error());
  } else if (cancelled_) {
    out_.note(fmt::format("[*] To go on: patchbay scan --resume {}", escape_terminal(path)));
  }
}

ScanTotals ScanSession::totals() const {
  ScanTotals all{.complete = !cancelled_ && !unreachable_ && targets_.failures.empty()};
  for (const ScanPart& part : parts_) {
    const ScanTotals of_part = part.run().totals(Loop::current().now());
    all.hosts += of_part.hosts;
    all.hosts_up += of_part.hosts_up;
    all.targets += of_part.targets;
    const double sent = static_cast<double>(std::max<std::uint64_t>(all.sent + of_part.sent, 1));
    all.loss = (all.loss * static_cast<double>(all.sent) +
                of_part.loss * static_cast<double>(of_part.sent)) /
               sent;
    all.sent += of_part.sent;
    all.matched += of_part.matched;
    all.duplicates += of_part.duplicates;
    all.foreign += of_part.foreign;
    all.dropped += of_part.dropped;
    all.shortages += of_part.shortages;
    all.residual += of_part.residual;
    all.elapsed += of_part.elapsed;
    all.complete = all.complete && of_part.complete;
    for (const PortState state : k_port_states) all.of(state) += of_part.of(state);
  }
  return all;
}

int ScanSession::exit_code(const Result<>& probed, const ScanTotals& totals) {
  if (!probed) return out_.fail(probed.error());
  if (const int code = outputs_->exit_code(); code != exit_ok) return code;
  // Whoever says how often to ask at the most has said that some may be missed.
  const bool is_enough = totals.complete || flags_.timing.max_retries;
  if (!targets_.failures.empty() || unreachable_ || !is_enough) return exit_partly;
  return exit_ok;
}

}  // namespace patchbay
