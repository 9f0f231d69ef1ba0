#include "patchbay/tools/scan/scan_part.hpp"

#include <utility>

namespace patchbay {

ScanPart::ScanPart(ScanPlan plan, const ScanPace& pace, ScanListener& listener, std::uint64_t seed,
                   const ScanShard& shard)
    : plan_(std::make_unique<ScanPlan>(std::move(plan))),
      run_(std::make_unique<ScanRun>(*plan_, pace, listener, seed, shard)),
      seed_(seed),
      shard_(shard) {}

ScanPart::ScanPart(ScanCheckpoint checkpoint, const ScanPace& pace, ScanListener& listener)
    : ScanPart(std::move(checkpoint.plan), pace, listener, checkpoint.seed, checkpoint.shard) {
  run_->resume(checkpoint.position, std::move(checkpoint.answers), std::move(checkpoint.details),
               std::move(checkpoint.speakers));
  undiscovered_ = checkpoint.undiscovered;
}

ScanCheckpoint ScanPart::checkpoint() const {
  ScanCheckpoint checkpoint = checkpoint_of(*run_, seed_, shard_);
  checkpoint.undiscovered = undiscovered_;
  return checkpoint;
}

Task<Result<>> ScanPart::probe(const ScanWayOut& out, std::function<void(const Error&)> notice) {
  if (plan_->tcp == TcpMethod::connect) {
    co_return co_await probe_by_connect(
        *run_,
        {.source = {.address = out.source, .port = out.source_port, .interface = out.interface}});
  }
  PacketProberOptions options{.interface = out.interface_index,
                              .source_port = out.source_port,
                              .hop_limit = out.hop_limit,
                              .notice = std::move(notice)};
  if (out.source) {
    (out.source->family() == Family::v6 ? options.source_v6 : options.source_v4) = out.source;
  }
  co_return co_await probe_by_packets(*run_, std::move(options));
}

}  // namespace patchbay
