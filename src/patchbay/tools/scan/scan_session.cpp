#include "patchbay/tools/scan/scan_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/softnet_drops.hpp"
#include "patchbay/tools/replace_file.hpp"
#include "patchbay/tools/scan/count_text.hpp"
#include "patchbay/tools/scan/scan_canaries.hpp"
#include "patchbay/tools/scan/scan_discovery.hpp"
#include "patchbay/tools/scan/scan_engine.hpp"
#include "patchbay/tools/scan/scan_rights.hpp"
#include "patchbay/tools/scan/session/name_search.hpp"
#include "patchbay/tools/scan/session/scan_summary.hpp"
#include "patchbay/tools/scan/session/target_search.hpp"
#include "patchbay/tools/scan/targets/port_names.hpp"
#include "patchbay/tools/scan/targets/scan_forecast.hpp"
#include "patchbay/tools/scan/targets/scan_listing.hpp"
#include "patchbay/tools/scan/targets/scan_safety.hpp"

namespace patchbay {

namespace {

// Where --checkpoint does not say.
constexpr const char* k_resume_file = "patchbay-scan.resume";

// The first of them that takes packets.
std::string_view packet_flag(const DiscoveryKinds& kinds) {
  if (kinds.echo) return "--ping-echo (-PE)";
  if (kinds.neighbour) return "--ping-neighbour (-PR)";
  return "--ping-ack (-PA)";
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
  const Result<> probed = co_await ask_ports();
  look_for_drops();
  keep_only(k_file_rights, out_);
  co_await ask_more();
  cancelled_ = (co_await current_scope()).cancelled();
  if (cancelled_ || flags_.checkpoint) save_checkpoint(flags_.checkpoint.value_or(k_resume_file));
  for (ScanPart& part : told_parts()) {
    if (cancelled_ || part.run().has_given_up()) part.run().forget_unasked();
  }
  tell_hosts({.parts = told_parts(),
              .services = *services_,
              .dns_names = dns_names_,
              .hosts_only = wish_->aims.hosts_only},
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
  if (wish_->resumed) {
    plan_ = wish_->resumed->plan();
  } else if (const auto code = co_await plan_targets()) {
    co_return code;
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
      .probes_services = wish_->aims.services.has_value()};
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
  threads_ = ProbeThreads::make();
  wish_->way.threads = threads_.get();
  prober_.emplace(flags_, wish_->way, out_, *outputs_,
                  [this] { save_checkpoint(*flags_.checkpoint); });
  services_.emplace(service_options(),
                    wish_->resumed ? std::move(wish_->resumed->services) : ServiceSearch::Saved());
  wish_->resumed.reset();  // all of it has been taken up
  outputs_->started(plan_);
  co_return std::nullopt;
}

ServiceOptions ScanSession::service_options() const {
  const ScanAims::Services aims = wish_->aims.services.value_or(ScanAims::Services());
  return {.intensity = aims.intensity,
          .allow_ot = aims.allow_ot,
          .interface = wish_->way.interface,
          .source = wish_->way.source};
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

// Where only hosts are wanted, what tells who is there is all that there is.
void ScanSession::add_part(const ScanPlan& plan) {
  if (plan.hosts.empty()) return;
  if (looks_first()) search_->add(discovery_of(plan));
  if (wish_->aims.hosts_only) return;
  parts_.push_back(make_part(plan, parts_.size()));
  parts_.back().set_undiscovered(looks_first());
}

ScanPart ScanSession::make_part(ScanPlan plan, std::size_t place) {
  return {std::move(plan), pace_, *outputs_, seed_ + place, wish_->shard};
}

void ScanSession::take_up(ResumeFile& file) {
  for (ScanCheckpoint& way : file.ways) search_->take_up(std::move(way));
  for (ScanCheckpoint& part : file.parts) parts_.emplace_back(std::move(part), pace_, *outputs_);
}

std::optional<int> ScanSession::choose_engines() {
  // A host's time begins with its ports. Where none are asked it has no other.
  ScanPace pace = pace_;
  if (!wish_->aims.hosts_only) pace.host_timeout.reset();
  search_.emplace(pace, seed_);
  if (wish_->resumed) {
    take_up(*wish_->resumed);
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
  for (const ScanPlan& plan : plans_by_engine(plan_, hosts)) add_part(plan);
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
  if (!search_->has_any() || !kinds.need_packets()) return std::nullopt;
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
  const bool hosts_only = wish_->aims.hosts_only;
  if (flags_.no_discovery || (flags_.shard && !hosts_only)) return false;
  return plan_.host_count() > 1 || hosts_only || wish_->discovery.any();
}

Task<Result<>> ScanSession::ask_ports() {
  const bool hosts_only = wish_->aims.hosts_only;
  const auto asked = co_await search_->run([this, hosts_only](ScanPart& way, bool is_last) {
    return prober_->probe(way, hosts_only && is_last);
  });
  if (!asked || hosts_only) co_return asked;
  leave_out_silent_hosts();
  co_return co_await probe();
}

// A part stays as it is until it is known who of it is there: so nobody is lost where the scan is
// broken off before that.
void ScanSession::leave_out_silent_hosts() {
  for (std::size_t place = 0; place < parts_.size();) {
    ScanPart& part = parts_[place];
    if (!part.is_undiscovered()) {
      ++place;
      continue;
    }
    ScanPlan plan = part.plan();
    plan.hosts = search_->there(plan.hosts);
    if (plan.hosts.empty()) {
      parts_.erase(parts_.begin() + static_cast<std::ptrdiff_t>(place));
    } else {
      part = make_part(std::move(plan), place++);
    }
  }
  search_->forget();
  if (!parts_.empty()) return;
  out_.note("[*] Nobody answered; hosts that answer nothing are asked with --no-discovery (-Pn)");
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
    if (part.run().finished(Loop::current().now())) continue;  // by an earlier scan
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

// What is behind the answers, until somebody breaks it off.
Task<> ScanSession::ask_more() {
  const Scope& scope = co_await current_scope();
  if (scope.cancelled()) co_return;
  Task<Result<>> work = ask_services();
  if (flags_.checkpoint) work = either(std::move(work), save_now_and_then());
  [[maybe_unused]] const auto done = co_await work;
  if (!wish_->aims.resolve || scope.cancelled()) co_return;
  dns_names_ = co_await find_names(told_parts(), out_);
}

Task<Result<>> ScanSession::ask_services() {
  const std::vector<std::uint16_t> unasked = canary_ports(plan_, wish_->aims.exclude_ports);
  const auto found = co_await services_->find_machines(told_parts(), plan_, unasked);
  if (!found || !wish_->aims.services) co_return found;
  co_return co_await services_->ask(told_parts());
}

Task<Result<>> ScanSession::save_now_and_then() {
  for (;;) {
    const auto slept = co_await sleep_for(flags_.checkpoint_every);
    if (!slept) co_return slept;
    save_checkpoint(*flags_.checkpoint);
  }
}

// --- what is told --------------------------------------------------------------------------------

std::vector<ScanPart>& ScanSession::told_parts() {
  return wish_->aims.hosts_only ? search_->ways() : parts_;
}

void ScanSession::save_checkpoint(const std::string& path) {
  ResumeFile file{.aims = wish_->aims,
                  .ways = search_->checkpoints(),
                  .parts = {},
                  .services = services_->saved()};
  for (const ScanPart& part : parts_) file.parts.push_back(part.checkpoint());
  if (file.ways.empty() && file.parts.empty()) return;  // nobody was there
  const std::string text = file.to_text();
  const RaisedRights raised(k_file_rights);
  const auto saved = replace_file(path, text);
  if (!saved) {
    out_.fail(saved.error());
  } else if (cancelled_) {
    out_.note(fmt::format("[*] To go on: patchbay scan --resume {}", escape_terminal(path)));
  }
}

ScanTotals ScanSession::totals() {
  // The loop's own time is that of its turn, which is before that of a part that never waited.
  ScanTotals all = totals_of(told_parts(), Loop::current().engine().now());
  all.backlog_drops = backlog_drops_;
  if (cancelled_ || prober_->any_unreachable() || !targets_.failures.empty()) all.complete = false;
  // A host that was asked in several ways is one.
  if (wish_->aims.hosts_only) all.hosts = plan_.host_count();
  return all;
}

int ScanSession::exit_code(const Result<>& probed, const ScanTotals& totals) {
  if (!probed) return out_.fail(probed.error());
  if (cancelled_) return exit_interrupted;
  if (const int code = outputs_->exit_code(); code != exit_ok) return code;
  const bool gave_up = std::ranges::any_of(
      told_parts(), [](const ScanPart& part) { return part.run().has_given_up(); });
  // Whoever says how often to ask at the most has said that some may be missed.
  const bool may_miss = flags_.timing.max_retries && !gave_up && !totals.went_silent;
  const bool is_enough = totals.complete || may_miss;
  if (!targets_.failures.empty() || prober_->any_unreachable() || !is_enough) return exit_partly;
  return exit_ok;
}

}  // namespace patchbay
