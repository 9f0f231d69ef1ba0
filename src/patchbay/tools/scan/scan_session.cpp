#include "patchbay/tools/scan/scan_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/softnet_drops.hpp"
#include "patchbay/tools/replace_file.hpp"
#include "patchbay/tools/scan/count_text.hpp"
#include "patchbay/tools/scan/scan_canaries.hpp"
#include "patchbay/tools/scan/scan_discovery.hpp"
#include "patchbay/tools/scan/scan_engine.hpp"
#include "patchbay/tools/scan/scan_rights.hpp"
#include "patchbay/tools/scan/session/scan_summary.hpp"
#include "patchbay/tools/scan/session/target_search.hpp"
#include "patchbay/tools/scan/targets/host_names.hpp"
#include "patchbay/tools/scan/targets/port_names.hpp"
#include "patchbay/tools/scan/targets/scan_forecast.hpp"
#include "patchbay/tools/scan/targets/scan_listing.hpp"
#include "patchbay/tools/scan/targets/scan_safety.hpp"

namespace patchbay {

namespace {

// Where --checkpoint does not say.
constexpr const char* k_resume_file = "patchbay-scan.resume";

Failure lacks_right(TcpMethod method) {
  return Failure(fmt::format("ports cannot be asked by {}", name_of(method)),
                 "packets of one's own take the capability CAP_NET_RAW",
                 "sudo patchbay scan …; or -sT and -sU, which need no right");
}

// The first of them that takes packets.
std::string_view packet_flag(const DiscoveryKinds& kinds) {
  if (kinds.echo) return "--ping-echo (-PE)";
  if (kinds.neighbour) return "--ping-neighbour (-PR)";
  return kinds.ack.empty() ? "--ping-udp (-PU)" : "--ping-ack (-PA)";
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
  keep_only(k_file_rights | k_packet_rights, out_);
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
  keep_only(k_file_rights, out_);
  if (!cancelled_) co_await ask_services();
  if (!cancelled_ && flags_.resolve) co_await look_up_names();
  if (cancelled_ || flags_.checkpoint) save_checkpoint(flags_.checkpoint.value_or(k_resume_file));
  for (ScanPart& part : parts_) {
    if (cancelled_ || part.run().has_given_up()) part.run().forget_unasked();
  }
  tell_hosts({.parts = parts_,
              .services = *services_,
              .dns_names = dns_names_,
              .hosts_only = flags_.hosts_only},
             out_, *outputs_);
  const ScanTotals all = totals();
  const RaisedRights raised(k_file_rights);
  outputs_->ended(all);
  co_return exit_code(probed, all);
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
    if (const auto code = co_await plan_targets()) co_return code;
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
  if (const int code = outputs_->check(plan_); code != exit_ok) co_return code;
  if (const auto code = choose_engines()) co_return code;
  if (const auto code = check_discovery()) co_return code;
  if (flags_.packet_trace) {
    trace_.emplace([this](const std::string& line) { out_.note(line); });
    wish_->way.trace = &*trace_;
  }
  prober_.emplace(flags_, wish_->way, out_, *outputs_,
                  [this] { save_checkpoint(*flags_.checkpoint); });
  services_.emplace(ServiceOptions{.intensity = flags_.version_intensity,
                                   .allow_ot = flags_.allow_ot,
                                   .interface = wish_->way.interface,
                                   .source = wish_->way.source});
  outputs_->started(plan_);
  co_return std::nullopt;
}

Task<std::optional<int>> ScanSession::plan_targets() {
  auto found = co_await find_targets(flags_, wish_->family, out_);
  if (!found) co_return found.error();
  targets_ = std::move(*found);
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
  print_dry_run({.plan = plan_,
                 .targets = targets_,
                 .pace = pace_,
                 .forecast = forecast_scan(plan_, pace_),
                 .engine = engine_name(plan_.tcp),
                 .why = lacks ? "that takes CAP_NET_RAW, which is not there" : ""},
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
                           "sudo patchbay scan …, or --ping-syn PORTS, which connects without it"),
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
    HostSearch search = search_for(part.plan());
    const auto probed = co_await search.run([this](ScanPart& way, bool) {
      return prober_->probe(way, false);  // ports are asked after it
    });
    if (!probed) co_return probed.error();
    ScanPlan plan = part.plan();
    plan.hosts = search.there(plan.hosts);
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
    HostSearch search = search_for(part.plan());
    const bool is_last_part = &part == &parts.back();
    const auto probed = co_await search.run([this, is_last_part](ScanPart& way, bool is_last) {
      return prober_->probe(way, is_last_part && is_last);
    });
    std::ranges::move(search.ways(), std::back_inserter(parts_));
    if (!probed) co_return probed.error();
  }
  co_return ok();
}

// A host's time begins with its ports. Where none are asked it has no other.
HostSearch ScanSession::search_for(const ScanPlan& plan) {
  ScanPace pace = pace_;
  if (!flags_.hosts_only) pace.host_timeout.reset();
  return {discovery_of(plan), pace, seed_, nobody_};
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
    auto probed = co_await prober_->probe(part, &part == &parts_.back());
    if (part.plan().tcp == TcpMethod::connect) prober_->look_for_ways(part);
    if (!probed) co_return probed.error();
  }
  co_return ok();
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

// A file to go on with does not say which ports are excluded: then none is asked but by the plan.
Task<> ScanSession::ask_services() {
  std::vector<std::uint16_t> unasked;
  if (!flags_.resume) unasked = canary_ports(plan_, flags_.exclude_ports);
  co_await services_->find_machines(parts_, plan_, unasked);
  if (flags_.services) co_await services_->ask(parts_);
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
  // The loop's own time is that of its turn, which is before that of a part that never waited.
  ScanTotals all = totals_of(parts_, Loop::current().engine().now());
  all.backlog_drops = backlog_drops_;
  if (cancelled_ || prober_->any_unreachable() || !targets_.failures.empty()) all.complete = false;
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
  if (!targets_.failures.empty() || prober_->any_unreachable() || !is_enough) return exit_partly;
  return exit_ok;
}

}  // namespace patchbay
