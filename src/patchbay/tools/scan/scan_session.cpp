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
#include "patchbay/tools/scan/scan_engine.hpp"
#include "patchbay/tools/scan/scan_progress.hpp"
#include "patchbay/tools/scan/scan_rights.hpp"
#include "patchbay/tools/scan/session/name_search.hpp"
#include "patchbay/tools/scan/session/scan_means.hpp"
#include "patchbay/tools/scan/session/scan_summary.hpp"
#include "patchbay/tools/scan/session/target_search.hpp"
#include "patchbay/tools/scan/targets/host_part.hpp"
#include "patchbay/tools/scan/targets/port_names.hpp"
#include "patchbay/tools/scan/targets/scan_forecast.hpp"
#include "patchbay/tools/scan/targets/scan_listing.hpp"
#include "patchbay/tools/scan/targets/scan_safety.hpp"

namespace patchbay {

namespace {

// Where --checkpoint does not say.
constexpr const char* k_resume_file = "patchbay-scan.resume";

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
  look_for_hardware();
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
              .hardware = hardware_,
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
  if (const auto code = co_await only_tell()) co_return code;
  if (const auto safe = check_scan(plan_, flags_.yes); !safe) {
    co_return out_.fail(safe.error(), exit_usage);
  }
  if (const auto known = check_links(plan_.hosts, flags_.interface.has_value()); !known) {
    co_return out_.fail(known.error(), exit_usage);
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
  if (flags_.packet_trace) {
    trace_.emplace([this](const std::string& line) { out_.note(line); });
    wish_->way.trace = &*trace_;
  }
  wish_->way.neighbour = [this](const IpAddress& address, const EthernetAddress& link) {
    hardware_.learn(address, link);
  };
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
  // Who is there is a question about whole hosts: a part has some of them, in every way of asking.
  if (wish_->aims.hosts_only) targets_.hosts = hosts_of_part(targets_.hosts, wish_->shard);
  plan_.hosts = targets_.hosts;
  plan_.names = targets_.names;
  plan_.ports = wish_->ports.ports;
  plan_.likely_ports = wish_->ports.likely;
  co_return std::nullopt;
}

Task<std::optional<int>> ScanSession::only_tell() {
  if (flags_.list && wish_->aims.resolve) {
    co_await list_named_targets(targets_, out_);
    co_return (co_await current_scope()).cancelled() ? exit_interrupted : exit_ok;
  }
  if (flags_.list) {
    list_targets(targets_, out_);
    co_return exit_ok;
  }
  if (!flags_.dry_run) co_return std::nullopt;
  const ScanMeans means(*wish_, flags_, interfaces_, plan_);
  const std::string_view of_all = plan_.by_sockets.empty() ? plan_.connects_why : "";
  const bool lacks = means.lacks_right();
  const auto ways = means.looks_first() ? means.discovery_of(plan_) : std::vector<ScanPlan>();
  print_dry_run({.plan = plan_,
                 .targets = targets_,
                 .pace = pace_,
                 .forecast = forecast_scan(plan_, pace_),
                 .engine = engine_name(plan_.tcp),
                 .why = lacks ? "that takes CAP_NET_RAW, which is not there" : of_all,
                 .discovery = ways},
                out_);
  co_return exit_ok;
}

// Where only hosts are wanted, what tells who is there is all that there is.
void ScanSession::add_part(const ScanPlan& plan, const ScanMeans& means) {
  if (plan.hosts.empty()) return;
  if (means.looks_first()) search_->add(means.discovery_of(plan));
  if (wish_->aims.hosts_only) return;
  parts_.push_back(make_part(plan, parts_.size()));
  parts_.back().set_undiscovered(means.looks_first());
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
    if (wish_->resumed->needs_packets() && !may_send_packets()) {
      return out_.fail(lacks_right_to_resume(*flags_.resume), exit_permission);
    }
    take_up(*wish_->resumed);
    return std::nullopt;
  }
  const ScanMeans means(*wish_, flags_, interfaces_, plan_);
  if (means.lacks_right()) return out_.fail(lacks_right(plan_.tcp), exit_permission);
  means.tell(out_);
  for (const ScanPlan& plan : means.parts()) add_part(plan, means);
  const auto lacking = means.lacks_for_discovery();
  return lacking ? std::optional(out_.fail(*lacking, exit_permission)) : std::nullopt;
}

// --- the work ------------------------------------------------------------------------------------

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

// Where sockets asked it is the kernel that has learnt of neighbours, and forgets them by and by.
void ScanSession::look_for_hardware() {
  if (Loop::current().engine().capabilities().foreign_descriptors) {
    hardware_.learn_from_kernel(plan_.hosts, wish_->way.interface_index);
  }
  hardware_.look_up_makers();
}

// What is behind the answers, until somebody breaks it off.
Task<> ScanSession::ask_more() {
  const Scope& scope = co_await current_scope();
  if (scope.cancelled()) co_return;
  Task<Result<>> work = ask_services();
  if (wish_->aims.services) work = either(std::move(work), watch_services());
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

// Tells how far it is.
Task<Result<>> ScanSession::watch_services() {
  Instant told = Loop::current().now();
  for (;;) {
    const auto slept = co_await sleep_for(PartProber::k_look);
    if (!slept) co_return slept;
    const ServiceMeter* const meter = services_->meter();
    if (meter == nullptr) continue;
    const Instant now = Loop::current().now();
    const ScanProgress progress = progress_of(*meter, totals_of(told_parts(), now).elapsed, now);
    out_.progress(to_string(progress), now);
    if (!flags_.stats_every || now - told < *flags_.stats_every) continue;
    told = now;
    outputs_->progress(progress);
    out_.note(to_string(progress));
  }
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
  const std::size_t parts = search_->checkpoints() + parts_.size();
  if (parts == 0) return;  // nobody was there
  const auto write_parts = [this](const TextSink& sink) {
    search_->write_checkpoints(sink);
    for (const ScanPart& part : parts_) part.write_checkpoint(sink);
  };
  const ServiceSearch::Saved services = services_->saved();
  const RaisedRights raised(k_file_rights);
  auto file = FileReplacement::open(path);
  if (file) {
    write_resume_file(
        {.aims = wish_->aims, .services = services, .parts = parts, .write_parts = write_parts},
        [&file](std::string_view piece) { file->write(piece); });
  }
  const Result<> saved = file ? file->finish() : Result<>(file.error());
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
