#include "patchbay/tools/scan/scan_part.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/tools/scan/probe/answer_ring.hpp"
#include "patchbay/tools/scan/scan_rights.hpp"

namespace patchbay {

ScanPart::ScanPart(ScanPlan plan, const ScanPace& pace, ScanListener& listener, std::uint64_t seed,
                   const ScanShard& shard)
    : plan_(std::make_unique<ScanPlan>(std::move(plan))),
      run_(std::make_unique<ScanRun>(*plan_, pace, listener, seed, shard)),
      seed_(seed),
      shard_(shard) {}

ScanPart::ScanPart(ScanCheckpoint checkpoint, const ScanPace& pace, ScanListener& listener)
    : ScanPart(std::move(checkpoint.plan), pace, listener, checkpoint.seed, checkpoint.shard) {
  run_->resume(checkpoint.position, checkpoint.words(), std::move(checkpoint.details));
  is_undiscovered_ = checkpoint.is_undiscovered;
}

void ScanPart::write_checkpoint(const TextSink& sink) const {
  patchbay::write_checkpoint(
      *run_, {.seed = seed_, .shard = shard_, .is_undiscovered = is_undiscovered_}, sink);
}

Task<Result<>> ScanPart::probe(const ScanWayOut& out, std::function<void(const Error&)> notice,
                               std::function<void()> opened) {
  if (plan_->tcp == TcpMethod::connect) {
    // The usual one is the kernel's too, which saves a call for each socket.
    const bool is_usual = out.hop_limit == ScanWayOut().hop_limit;
    // Each connection is bound to the port when it is made.
    const RaisedRights raised(out.source_port != 0 ? Rights{CAP_NET_BIND_SERVICE} : Rights());
    if (out.source_port == 0) opened();
    co_return co_await probe_by_connect(
        *run_, {.source = {.address = out.source,
                           .port = out.source_port,
                           .interface = out.interface,
                           .hop_limit = is_usual ? std::uint8_t{0} : out.hop_limit},
                .trace = out.trace});
  }
  const std::uint64_t most_waiting = run_->pace().waiting;
  PacketProberOptions options{.interface = out.interface_index,
                              .source_port = out.source_port,
                              .hop_limit = out.hop_limit,
                              .threads = out.threads,
                              .ring = ring_for(std::min(plan_->targets(), most_waiting)),
                              .notice = std::move(notice),
                              .opened = std::move(opened),
                              .neighbour = out.neighbour,
                              .trace = out.trace};
  if (out.source) {
    (out.source->family() == Family::v6 ? options.source_v6 : options.source_v4) = out.source;
  }
  co_return co_await probe_by_packets(*run_, std::move(options));
}

}  // namespace patchbay
