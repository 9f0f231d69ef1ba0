// ProbeLink: one way out of this host for probes, and the batch that leaves by it next.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "patchbay/net/event.hpp"
#include "patchbay/net/packet.hpp"
#include "patchbay/net/raw.hpp"
#include "patchbay/net/rtnetlink.hpp"
#include "patchbay/net/socket_beside.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/scan/run/scan_run.hpp"

namespace patchbay {

// The header of Ethernet, as it is put before packets.
using FrameHeader = std::array<std::byte, 14>;

struct ProbeLinkOptions {
  std::size_t batch_packets = 128;  // that leave by one call
  std::size_t packet_bytes = 1280;  // no packet is longer; short ones are side by side in the cache
  bool may_use_threads = true;      // where the engine has them, and this host processors for them
};

// A kernel does most of a probe's work within the call that sends it, up to the answer where the
// other end is this host's too. So full batches are sent by other threads, while the loop reads
// answers and fills the next one; small ones are not worth waking a thread, and where there is no
// other processor all of them are sent on the loop.
class ProbeLink {
 public:
  // A queue of the device's own length would otherwise be longer than the socket's buffer, which
  // then wakes the sender for every packet that has left.
  static constexpr std::size_t k_send_buffer_bytes = 4 * 1024 * 1024;

  // Frames by a packet socket of that device, or packets by the kernel's IP: where there is no
  // Ethernet, and to this host itself. Faults: permission, system.
  static Result<std::unique_ptr<ProbeLink>> of_frames(const LinkDevice& device,
                                                      const ProbeLinkOptions& options);
  // By one that is bound to the device already, and outlives this.
  static std::unique_ptr<ProbeLink> of_frames(PacketSocket& socket,
                                              const ProbeLinkOptions& options);
  static Result<std::unique_ptr<ProbeLink>> of_packets(Family family, const LinkDevice& device,
                                                       const ProbeLinkOptions& options);

  bool is_full() const { return filled_->packets.full(); }
  bool is_empty() const { return filled_->packets.empty(); }
  std::size_t size() const { return filled_->packets.size(); }

  // Room for one more packet, until finish(): behind the header of its frame, or on its way to
  // `to`. Not of a full one.
  std::span<std::byte> begin(const FrameHeader& header);
  std::span<std::byte> begin(const IpAddress& to);
  void finish(std::size_t packet_bytes, const ScanProbe& probe);
  // A packet of the scan's own that nobody waits for in the plan.
  void finish(std::size_t packet_bytes) { finish(packet_bytes, {.attempt = 0}); }

  // All of the batch: here, or by a thread. Waits until there is another one to be filled; report()
  // comes next. Fault: cancelled.
  Task<Result<>> send(Deadline deadline);
  // By a thread, in this moment.
  bool is_sending() const { return is_any(Stage::leaving); }
  // Until the threads are done, whoever cancels: before the link may end.
  Task<> all_left();
  // What did not leave of the batches that should have by now, by each(const ScanProbe&, errno),
  // where 0 is that there was no time. Then the batch is an empty one.
  template <class Each>
  void report(Each&& each);

 private:
  enum class Stage : std::uint8_t { idle, leaving, left };
  struct Batch {
    explicit Batch(const BatchOptions& options) : packets(options), probes(packets.capacity()) {}

    DatagramBatch packets;
    std::vector<ScanProbe> probes;  // what each packet is; attempt 0: none of the plan
    Stage stage = Stage::idle;
  };

  // By its own socket, or by the shared one.
  ProbeLink(std::optional<DatagramSocket> own, DatagramSocket* shared, std::size_t header_bytes,
            const ProbeLinkOptions& options);
  std::span<std::byte> room() { return filled_->packets[size() - 1].room(); }
  void hand_over(Batch& batch);
  bool is_any(Stage stage) const;
  template <class Each>
  static void report(Batch& batch, Each& each);

  std::optional<DatagramSocket> own_;
  DatagramSocket* socket_;
  std::size_t header_bytes_;
  std::optional<SocketBeside> beside_;
  std::vector<std::unique_ptr<Batch>> batches_;
  Batch* filled_ = nullptr;  // by begin()
  Event some_left_;
};

template <class Each>
void ProbeLink::report(Batch& batch, Each& each) {
  const DatagramBatch& packets = batch.packets;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const bool refused = i < packets.sent() && packets.was_refused(i);
    if (!refused && i < packets.sent()) continue;
    if (batch.probes[i].attempt != 0) each(batch.probes[i], refused ? packets.refusal_code() : 0);
  }
}

template <class Each>
void ProbeLink::report(Each&& each) {
  for (const auto& batch : batches_) {
    if (batch->stage != Stage::left) continue;
    const DatagramBatch& packets = batch->packets;
    if (packets.refused() > 0 || packets.sent() < packets.size()) report(*batch, each);
    batch->packets.clear();
    batch->stage = Stage::idle;
  }
  if (filled_->stage == Stage::idle) return;
  for (const auto& batch : batches_) {
    if (batch->stage == Stage::idle) filled_ = batch.get();
  }
}

}  // namespace patchbay
