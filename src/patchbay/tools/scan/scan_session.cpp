#include "patchbay/tools/scan/scan_session.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/raw.hpp"
#include "patchbay/net/softnet_drops.hpp"
#include "patchbay/tools/replace_file.hpp"
#include "patchbay/tools/scan/count_text.hpp"
#include "patchbay/tools/scan/run/port_grouping.hpp"
#include "patchbay/tools/scan/scan_canaries.hpp"
#include "patchbay/tools/scan/scan_discovery.hpp"
#include "patchbay/tools/scan/scan_engine.hpp"
#include "patchbay/tools/scan/scan_progress.hpp"
#include "patchbay/tools/scan/scan_rights.hpp"
#include "patchbay/tools/scan/service/answers_everything.hpp"
#include "patchbay/tools/scan/service/service_prober.hpp"
#include "patchbay/tools/scan/targets/host_names.hpp"
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
bool may_send_packets() {
  const RaisedRights raised(k_packet_rights);
  return RawSocket::open(Family::v4, IPPROTO_RAW).has_value();
}

Failure lacks_right(TcpMethod method) {
  return Failure(fmt::format("ports cannot be asked by {}", name_of(method)),
                 "packets of one's own take the capability CAP_NET_RAW",
                 "sudo patchbay scan …; or -sT and -sU, which need no right");
}

// The first of them that takes packets.
std::string_view packet_flag(const DiscoveryKinds& kinds) {
  if (kinds.echo) return "--ping-echo (-PE)";
  if (kinds.neighbour) return "--ping-neighbour (-PR)";
  return "--ping-ack (-PA)";
}

// Its open ports are told together: they say nothing of what is there.
HostReport as_answer_machine(HostReport report) {
  report.answers_everything = true;
  std::map<std::pair<ScanProtocol, AnswerReason>, PortGroup> groups;
  std::erase_if(report.ports, [&](const PortFinding& finding) {
    if (finding.answer.state != PortState::open) return false;
    PortGroup& group = groups[{finding.port.protocol, finding.answer.reason}];
    group.protocol = finding.port.protocol;
    group.state = PortState::open;
    group.reason = finding.answer.reason;
    add_port(group, finding.port.number);
    return true;
  });
  for (auto& [key, group] : groups) report.rest.push_back(std::move(group));
  return report;
}

// What an earlier scan was for: its parts differ in whom they ask, and how.
ScanPlan plan_of_all(const std::vector<ScanCheckpoint>& parts) {
  ScanPlan plan = parts.back().plan;
  std::vector<IpRange> hosts;
  for (const ScanCheckpoint& part : parts) {
    const std::vector<IpRange> more = part.plan.hosts.ranges();
    hosts.insert(hosts.end(), more.begin(), more.end());
    plan.names.insert(part.plan.names.begin(), part.plan.names.end());
    if (part.plan.tcp != plan.tcp) plan.by_sockets = part.plan.hosts;
  }
  plan.hosts = IpSet(hosts);
  return plan;
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
  keep(k_file_rights | k_packet_rights);
  if (const auto code = co_await prepare()) {
    const RaisedRights raised(k_file_rights);
    outputs_.reset();  // and files that were begun in vain
    co_return *code;
  }
  backlog_before_ = softnet_drops();
  Result<> probed = co_await discover();
  if (probed && !flags_.hosts_only) probed = co_await probe();
  look_for_drops();
  cancelled_ = !probed && probed.error().fault() == Fault::cancelled;
  keep(k_file_rights);
  if (!cancelled_) co_await ask_services();
  if (!cancelled_ && flags_.resolve) co_await look_up_names();
  if (cancelled_ || flags_.checkpoint) save_checkpoint(flags_.checkpoint.value_or(k_resume_file));
  for (ScanPart& part : parts_) {
    if (cancelled_ || part.run().has_given_up()) part.run().forget_unasked();
  }
  tell_hosts();
  const ScanTotals all = totals();
  const RaisedRights raised(k_file_rights);
  outputs_->ended(all);
  co_return exit_code(probed, all);
}

// Where that cannot be, the scan is the same as it would be without trying.
void ScanSession::keep(Rights rights) {
  const auto kept = keep_rights(rights);
  if (!kept) out_.warn(kept.error().describe());
}

Task<std::optional<int>> ScanSession::prepare() {
  auto interfaces = Loop::current().engine().interfaces();
  if (!interfaces) co_return out_.fail(interfaces.error());
  interfaces_ = std::move(*interfaces);
  std::expected<ScanWish, Failure> wish;
  {
    const RaisedRights raised(k_file_rights);
    wish = read_scan_flags(flags_, interfaces_);
  }
  if (!wish) co_return out_.fail(wish.error(), exit_usage);
  wish_ = std::move(*wish);
  seed_ = flags_.seed.value_or(Loop::current().random_bits());
  if (wish_->resumed.empty()) {
    if (const auto code = co_await find_targets()) co_return code;
  } else {
    plan_ = plan_of_all(wish_->resumed);
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
  std::expected<std::unique_ptr<ScanOutputs>, int> outputs;
  {
    const RaisedRights raised(k_file_rights);
    outputs = ScanOutputs::open(flags_.output, std::move(heading), out_);
  }
  if (!outputs) co_return outputs.error();
  outputs_ = std::move(*outputs);
  outputs_->gather([this] { told_.set(); });
  if (const int code = outputs_->check(plan_); code != exit_ok) co_return code;
  if (const auto code = choose_engines()) co_return code;
  if (const auto code = check_discovery()) co_return code;
  if (flags_.packet_trace) {
    trace_.emplace([this](const std::string& line) { out_.note(line); });
    wish_->way.trace = &*trace_;
  }
  outputs_->started(plan_);
  co_return std::nullopt;
}

std::expected<void, Failure> ScanSession::read_targets(ScanTargets& targets) const {
  const RaisedRights raised(k_file_rights);
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
  return added;
}

Task<std::optional<int>> ScanSession::find_targets() {
  ScanTargets targets(wish_->family);
  const auto added = read_targets(targets);
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
  const HostSplit hosts = split_hosts(plan_.hosts, interfaces_);
  const bool may_send = may_send_packets();
  const EngineChoice choice = engines_for(wish_->method, hosts, may_send);
  note_engines(choice, hosts, plan_);
  const bool lacks = choice.takes_right && !may_send;
  const auto ways = looks_first() ? discovery_of(plan_) : std::vector<ScanPlan>();
  print_dry_run({.plan = plan_,
                 .targets = targets_,
                 .pace = pace_,
                 .forecast = forecast_scan(plan_, pace_),
                 .engine = engine_name(plan_.tcp),
                 .why = lacks ? "that takes CAP_NET_RAW, which is not there" : "",
                 .discovery = ways},
                out_);
  return exit_ok;
}

void ScanSession::add_part(ScanPlan plan) {
  if (plan.hosts.empty()) return;
  parts_.push_back(make_part(std::move(plan), parts_.size()));
  parts_.back().set_undiscovered(looks_first());
}

ScanPart ScanSession::make_part(ScanPlan plan, std::size_t place) {
  return {std::move(plan), pace_, *outputs_, seed_ + place, wish_->shard};
}

// One part where all are asked alike, so that they are told in their order.
std::optional<int> ScanSession::choose_engines() {
  if (!wish_->resumed.empty()) {
    for (ScanCheckpoint& checkpoint : wish_->resumed) {
      parts_.emplace_back(std::move(checkpoint), pace_, *outputs_);
    }
    return std::nullopt;
  }
  const HostSplit hosts = split_hosts(plan_.hosts, interfaces_);
  const bool may_send = may_send_packets();
  const EngineChoice choice = engines_for(wish_->method, hosts, may_send);
  note_engines(choice, hosts, plan_);
  if (choice.takes_right && !may_send) {
    return out_.fail(lacks_right(plan_.tcp), exit_permission);
  }
  tell_engines(hosts);
  if (plan_.by_sockets.empty()) {
    add_part(plan_);
    return std::nullopt;
  }
  ScanPlan here = plan_;
  here.hosts = hosts.here;
  here.tcp = choice.here;
  here.by_sockets = {};
  ScanPlan elsewhere = plan_;
  elsewhere.hosts = hosts.elsewhere;
  elsewhere.by_sockets = {};
  add_part(std::move(here));
  add_part(std::move(elsewhere));
  return std::nullopt;
}

void ScanSession::tell_engines(const HostSplit& hosts) {
  const bool falls_back = !wish_->method && plan_.tcp == TcpMethod::connect;
  if (falls_back && !hosts.elsewhere.empty()) {
    out_.note(
        "[*] Ports are asked by connections, those of UDP by connected sockets: packets take the "
        "capability CAP_NET_RAW");
  } else if (!plan_.by_sockets.empty() || (wish_->method && *wish_->method != plan_.tcp)) {
    out_.note(fmt::format("[*] Asked by {}", engines_to_string(plan_)));
  } else {
    out_.detail(1, fmt::format("asked by {}", engines_to_string(plan_)));
  }
}

// This host itself is asked by connections, whatever is wanted.
std::optional<int> ScanSession::check_discovery() {
  const DiscoveryKinds& kinds = wish_->discovery;
  if (!finds_out_who_is_there() || !kinds.need_packets()) return std::nullopt;
  if (split_hosts(plan_.hosts, interfaces_).elsewhere.empty() || may_send_packets()) {
    return std::nullopt;
  }
  return out_.fail(Failure(fmt::format("{} cannot be asked", packet_flag(kinds)),
                           "that goes by packets, which take the capability CAP_NET_RAW",
                           "sudo patchbay scan …; or --ping-syn and --ping-udp, without a right"),
                   exit_permission);
}

// --- the work ------------------------------------------------------------------------------------

// Shards go together only where all of them have the same hosts.
bool ScanSession::looks_first() const {
  if (flags_.no_discovery || (flags_.shard && !flags_.hosts_only)) return false;
  return plan_.host_count() > 1 || flags_.hosts_only || wish_->discovery.any();
}

bool ScanSession::finds_out_who_is_there() const {
  return std::ranges::any_of(parts_, &ScanPart::is_undiscovered);
}

// A part stays as it is until it is known who of it is there: so nobody is lost where the scan is
// broken off before that.
Task<Result<>> ScanSession::discover() {
  if (flags_.hosts_only && finds_out_who_is_there()) co_return co_await discover_only();
  for (std::size_t place = 0; place < parts_.size();) {
    ScanPart& part = parts_[place];
    if (!part.is_undiscovered()) {
      ++place;
      continue;
    }
    IpSet silent = part.plan().hosts;
    if (const auto probed = co_await discover(part.plan(), silent, false); !probed) {
      co_return probed.error();
    }
    ScanPlan plan = part.plan();
    plan.hosts = part.plan().hosts.without(silent);
    if (plan.hosts.empty()) {
      parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(place));
    } else {
      part = make_part(std::move(plan), place++);
    }
  }
  if (parts_.empty()) {
    out_.note("[*] Nobody answered; hosts that answer nothing are asked with --no-discovery (-Pn)");
  }
  co_return ok();
}

// Then what tells who is there is all that there is.
Task<Result<>> ScanSession::discover_only() {
  const std::vector<ScanPart> parts = std::exchange(parts_, {});
  for (const ScanPart& part : parts) {
    IpSet silent = part.plan().hosts;
    const auto probed = co_await discover(part.plan(), silent, &part == &parts.back());
    if (!probed) co_return probed.error();
  }
  co_return ok();
}

// In one way after the other, each for those that are silent so far.
Task<Result<>> ScanSession::discover(const ScanPlan& plan, IpSet& silent, bool is_last) {
  ScanPace pace = pace_;
  // A host's time begins with its ports. Where none are asked it has no other.
  if (!flags_.hosts_only) pace.host_timeout.reset();
  std::vector<ScanPlan> ways = discovery_of(plan);
  for (ScanPlan& way : ways) {
    way.hosts = way.hosts.without(way.hosts.without(silent));
    if (way.hosts.empty()) continue;
    ScanPart discovery(std::move(way), pace, nobody_, seed_, {});
    auto probed = co_await probe_part(discovery, is_last && &way == &ways.back());
    silent = silent.without(hosts_there(discovery.plan(), discovery.run().findings()));
    if (flags_.hosts_only) parts_.push_back(std::move(discovery));
    if (!probed) co_return probed.error();
  }
  co_return ok();
}

std::vector<ScanPlan> ScanSession::discovery_of(const ScanPlan& plan) const {
  const DiscoveryKinds& kinds = wish_->discovery;
  const bool by_packets = plan.tcp != TcpMethod::connect || kinds.need_packets();
  if (!by_packets) return {discovery_by_connections(plan, kinds)};
  // This host itself is asked by connections, whatever is wanted.
  HostSplit hosts = split_hosts(plan.hosts, interfaces_);
  ScanPlan here = plan;
  here.hosts = std::move(hosts.here);
  ScanPlan elsewhere = plan;
  elsewhere.hosts = std::move(hosts.elsewhere);
  std::vector<ScanPlan> ways = discovery_by_packets(elsewhere, kinds);
  ways.insert(ways.begin(), discovery_by_connections(here, kinds));
  return ways;
}

Task<Result<>> ScanSession::probe() {
  for (ScanPart& part : parts_) {
    auto probed = co_await probe_part(part, &part == &parts_.back());
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

// Whose frames they were nobody knows, so nobody is asked again for them.
void ScanSession::look_for_drops() {
  const auto after = softnet_drops();
  if (backlog_before_ && after) backlog_drops_ = *after - *backlog_before_;
  if (backlog_drops_ == 0) return;
  outputs_->warn(fmt::format(
      "this host threw away {} before any socket could count them, of all its programs and network "
      "namespaces, since a processor's queue was full: answers may be among them. Remedies: "
      "--max-rate, or a larger net.core.netdev_max_backlog",
      format_count(backlog_drops_, "arriving frame")));
}

// Whoever is not the last opens sockets for answers that another part will read.
Task<Result<>> ScanSession::probe_part(ScanPart& part, bool is_last) {
  const auto notice = [this](const Error& error) { tell_no_way(error); };
  const auto opened = [this, is_last] {
    if (is_last) keep(k_file_rights);
  };
  auto keys = out_.err_is_terminal() && !out_.quiet() ? ScanKeys::open() : std::nullopt;
  Task<Result<>> work =
      either(either(part.probe(wish_->way, notice, opened), watch(part)), write_what_was_told());
  if (keys) work = either(std::move(work), hear_keys(*keys, part));
  const auto probed = co_await work;
  outputs_->flush();
  co_return probed;
}

// In one piece, when the probing waits for something.
Task<Result<>> ScanSession::write_what_was_told() {
  for (;;) {
    const auto woken = co_await told_.wait();
    if (!woken) co_return woken.error();
    told_.reset();
    outputs_->flush();
  }
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

ServiceOptions ScanSession::service_options() const {
  return {.intensity = flags_.version_intensity,
          .allow_ot = flags_.allow_ot,
          .interface = wish_->way.interface,
          .source = wish_->way.source};
}

// A file to go on with does not say which ports are excluded: then none is asked but by the plan.
Task<> ScanSession::find_machines() {
  const ServiceOptions options = service_options();
  std::vector<std::uint16_t> unasked;
  if (!flags_.resume) unasked = canary_ports(plan_, flags_.exclude_ports);
  const auto is_tcp = [](const ScanPort& port) { return port.protocol == ScanProtocol::tcp; };
  const auto asked = static_cast<std::size_t>(std::ranges::count_if(plan_.ports, is_tcp));
  std::vector<Suspect> suspects;
  for (const ScanPart& part : parts_) {
    for (std::uint64_t host = 0; host < part.plan().host_count(); ++host) {
      const std::size_t open_count = part.run().findings().open_ports(host);
      if (open_count == 0) continue;
      const HostReport report = part.run().report(host);
      std::vector<std::uint16_t> open;
      for (const PortFinding& port : report.ports) {
        if (port.answer.state == PortState::open && is_tcp(port.port)) {
          open.push_back(port.port.number);
        }
      }
      auto one = suspect_of(report.address, std::move(open), asked, unasked, options);
      if (!one) continue;
      one->round_trip = report.round_trip;
      suspects.push_back(std::move(*one));
    }
  }
  answer_machines_ = co_await find_answer_machines(suspects, options);
}

Task<> ScanSession::ask_services() {
  co_await find_machines();
  if (!flags_.services) co_return;
  std::vector<ServiceTarget> targets;
  for (const ScanPart& part : parts_) {
    for (std::uint64_t host = 0; host < part.plan().host_count(); ++host) {
      if (!part.run().findings().has_answered(host)) continue;
      const HostReport report = part.run().report(host);
      if (report.timed_out || std::ranges::count(answer_machines_, report.address) > 0) continue;
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
  co_await find_services(targets, service_options(), answers);
  for (std::size_t i = 0; i < targets.size() && i < answers.size(); ++i) {
    if (!answers[i].connected && !answers[i].finding) continue;
    services_[{targets[i].address, targets[i].port}] = std::move(answers[i]);
  }
}

Task<> ScanSession::look_up_names() {
  std::vector<IpAddress> up;
  for (const ScanPart& part : parts_) {
    for (std::uint64_t host = 0; host < part.plan().host_count(); ++host) {
      if (part.run().findings().has_answered(host)) up.push_back(part.plan().hosts.at(host));
    }
  }
  const std::size_t count = up.size();
  auto found = co_await look_up_hosts(std::move(up));
  if (!found) co_return;
  dns_names_ = std::move(found->names);
  if (found->failed == 0) co_return;
  out_.note(fmt::format("[*] The names of {} of {} could not be looked up: {}",
                        grouped(found->failed), format_count(count, "address"),
                        found->failure->why()));
}

// --- what is told --------------------------------------------------------------------------------

void ScanSession::tell_hosts() {
  for (const ScanPart& part : parts_) {
    if (part.is_undiscovered()) continue;  // it was broken off before: nothing is known yet
    for (std::uint64_t host = 0; host < part.plan().host_count(); ++host) {
      if (!part.run().findings().is_told_of(host)) continue;
      if (out_.gone()) return;
      tell_host(part, host);
    }
  }
}

void ScanSession::tell_host(const ScanPart& part, std::uint64_t host) {
  HostReport report = part.run().report(host);
  if (flags_.hosts_only && !report.answered) return;
  if (flags_.hosts_only) {
    report.ports.clear();
    report.rest.clear();
  }
  if (std::ranges::find(answer_machines_, report.address) != answer_machines_.end()) {
    report = as_answer_machine(std::move(report));
  }
  if (const auto name = dns_names_.find(report.address); name != dns_names_.end()) {
    report.dns_name = name->second;
  }
  for (PortFinding& port : report.ports) {
    const auto found = services_.find({report.address, port.port});
    if (found == services_.end()) continue;
    port.service = found->second.finding;
    port.verified = found->second.connected;
  }
  outputs_->host(report);
}

void ScanSession::save_checkpoint(const std::string& path) {
  if (parts_.empty()) return;
  std::string text;
  for (const ScanPart& part : parts_) text += part.checkpoint().to_text();
  const RaisedRights raised(k_file_rights);
  const auto saved = replace_file(path, text);
  if (!saved) {
    out_.fail(saved.error());
  } else if (cancelled_) {
    out_.note(fmt::format("[*] To go on: patchbay scan --resume {}", escape_terminal(path)));
  }
}

ScanTotals ScanSession::totals() const {
  ScanTotals all{.backlog_drops = backlog_drops_,
                 .complete = !cancelled_ && !unreachable_ && targets_.failures.empty()};
  // The loop's own time is that of its turn, which is before that of a part that never waited.
  const Instant now = Loop::current().engine().now();
  for (const ScanPart& part : parts_) {
    const ScanTotals of_part = part.run().totals(now);
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
    all.corrupt += of_part.corrupt;
    all.dropped += of_part.dropped;
    all.shortages += of_part.shortages;
    all.residual += of_part.residual;
    all.elapsed = std::max(all.elapsed, of_part.elapsed);  // since the first one began
    all.complete = all.complete && of_part.complete;
    for (const PortState state : k_port_states) all.of(state) += of_part.of(state);
  }
  // A host that was asked in several ways is one.
  if (flags_.hosts_only) all.hosts = plan_.host_count();
  return all;
}

int ScanSession::exit_code(const Result<>& probed, const ScanTotals& totals) {
  if (!probed) return out_.fail(probed.error());
  if (const int code = outputs_->exit_code(); code != exit_ok) return code;
  const bool gave_up =
      std::ranges::any_of(parts_, [](const ScanPart& part) { return part.run().has_given_up(); });
  // Whoever says how often to ask at the most has said that some may be missed.
  const bool is_enough = totals.complete || (flags_.timing.max_retries && !gave_up);
  if (!targets_.failures.empty() || unreachable_ || !is_enough) return exit_partly;
  return exit_ok;
}

}  // namespace patchbay
