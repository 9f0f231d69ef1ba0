#include "patchbay/tools/scan/session/part_prober.hpp"

#include <fmt/format.h>

#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/next_hop.hpp"
#include "patchbay/tools/scan/scan_progress.hpp"
#include "patchbay/tools/scan/scan_rights.hpp"

namespace patchbay {

PartProber::PartProber(const ScanFlags& flags, const ScanWayOut& way, Output& out,
                       ScanOutputs& outputs, std::function<void()> save)
    : flags_(flags), way_(way), out_(out), outputs_(outputs), save_(std::move(save)) {
  outputs_.gather([this] { told_.set(); });
}

Task<Result<>> PartProber::probe(ScanPart& part, bool is_last) {
  const auto notice = [this](const Error& error) { tell_no_way(error); };
  const auto opened = [this, is_last] {
    if (is_last) keep_only(k_file_rights, out_);
  };
  auto keys = out_.err_is_terminal() && !out_.quiet() ? ScanKeys::open() : std::nullopt;
  Task<Result<>> work =
      either(either(part.probe(way_, notice, opened), watch(part)), write_what_was_told());
  if (keys) work = either(std::move(work), hear_keys(*keys, part));
  const auto probed = co_await work;
  outputs_.flush();
  co_return probed;
}

// In one piece, when the probing waits for something.
Task<Result<>> PartProber::write_what_was_told() {
  for (;;) {
    const auto woken = co_await told_.wait();
    if (!woken) co_return woken.error();
    told_.reset();
    outputs_.flush();
  }
}

// Tells how far it is, and keeps that in a file where that is wanted.
Task<Result<>> PartProber::watch(ScanPart& part) {
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
      outputs_.progress(progress);
      out_.note(to_string(progress));
    }
    if (flags_.checkpoint && now - saved >= flags_.checkpoint_every) {
      saved = now;
      save_();
    }
  }
}

Task<Result<>> PartProber::hear_keys(ScanKeys& keys, ScanPart& part) {
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

void PartProber::skip_host(ScanPart& part) {
  const auto host = part.run().most_silent_host();
  if (!host) return;
  part.run().skip_host(*host);
  out_.note(fmt::format("[*] {} is asked no more", part.plan().hosts.at(*host).to_string()));
}

void PartProber::change_pace(ScanRun& run, double factor) {
  run.set_ceiling(run.ceiling() * factor);
  out_.note(fmt::format("[*] {:.0f} unanswered probes a second at the most", run.ceiling()));
}

void PartProber::look_for_ways(const ScanPart& part) {
  if (!Loop::current().engine().capabilities().foreign_descriptors) return;
  const auto ways =
      KernelHopFinder().hops_to(part.plan().hosts, {.interface = way_.interface_index});
  if (!ways) return;
  for (std::size_t i = 0; i < ways->size(); ++i) {
    if (!(*ways)[i]) tell_no_way((*ways)[i].error());
  }
}

// The address of everybody on a link is no host, so nobody misses its answer.
void PartProber::tell_no_way(const Error& error) {
  if (error.code() == 0) return out_.detail(1, error.describe());
  unreachable_ = true;
  outputs_.warn(fmt::format("{}: {}", error.what(), error.why()));
}

}  // namespace patchbay
