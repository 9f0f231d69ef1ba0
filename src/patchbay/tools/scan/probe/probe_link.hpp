// ProbeLink: one way out of this host for probes, and the batch that leaves by it next.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "patchbay/net/packet.hpp"
#include "patchbay/net/raw.hpp"
#include "patchbay/net/rtnetlink.hpp"
#include "patchbay/net/socket_beside.hpp"
#include "patchbay/tools/scan/probe/probe_threads.hpp"
#include "patchbay/tools/scan/run/scan_run.hpp"

namespace patchbay {

// The header of Ethernet, as it is put before packets.
using FrameHeader = std::array<std::byte, 14>;

struct ProbeLinkOptions {
  std::size_t batch_packets = 128;  // that leave by one call
  std::size_t packet_bytes = 1280;  // no packet is longer; short ones are side by side in the cache
  ProbeThreads* threads = nullptr;  // that may send, too; they outlive it
};

// With threads there are several batches: those that they send, one that waits for them, and one
// that is being filled. A full one is given to them, until that many are there; then the loop sends
// the next itself, so that it never waits for them. Small ones are not worth waking a thread.
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
  // A packet that is no probe of the plan has the attempt 0.
  void finish(std::size_t packet_bytes, const ScanProbe& probe);

  // Gives the batch to a thread, if there is one for it: it may still be there when ProbeThreads
  // say that they are done. False: it is to be sent here.
  bool hand_over();
  // All of the batch, here. Waits where the link is busy.
  SendBatchOp send(Deadline deadline);
  // Of both, when they are done: how many packets have left since the last report.
  std::size_t taken() const;
  // What did not, by each(const ScanProbe&, errno), where 0 is that there was no time. Comes after
  // hand_over() and send(): afterwards the batch is an empty one.
  template <class Each>
  void report(Each&& each);

  // Its own socket, by a thread: nothing is called afterwards, and no batch is with them.
  void close_beside();

 private:
  enum class Stage : std::uint8_t { idle, leaving, left };
  struct Batch {
    explicit Batch(const BatchOptions& options) : packets(options), probes(packets.capacity()) {}

    DatagramBatch packets;
    std::vector<ScanProbe> probes;  // what each packet is
    Stage stage = Stage::idle;
  };

  // By its own socket, or by the shared one.
  ProbeLink(std::optional<DatagramSocket> own, DatagramSocket* shared, std::size_t header_bytes,
            const ProbeLinkOptions& options);
  std::span<std::byte> room() { return filled_->packets[size() - 1].room(); }
  template <class Each>
  static void report(Batch& batch, Each& each);
  void fill_an_idle_one();

  std::optional<DatagramSocket> own_;
  DatagramSocket* socket_;
  std::size_t header_bytes_;
  ProbeThreads* threads_ = nullptr;  // where they can send by the socket
  std::optional<SocketBeside> beside_;
  std::vector<std::unique_ptr<Batch>> batches_;
  Batch* filled_ = nullptr;  // by begin()
};

template <class Each>
void ProbeLink::report(Batch& batch, Each& each) {
  const DatagramBatch& packets = batch.packets;
  if (packets.refused() == 0 && packets.sent() == packets.size()) return;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    const bool refused = i < packets.sent() && packets.was_refused(i);
    if (!refused && i < packets.sent()) continue;
    each(batch.probes[i], refused ? packets.refusal_code() : 0);
  }
}

template <class Each>
void ProbeLink::report(Each&& each) {
  for (const auto& batch : batches_) {
    if (batch->stage != Stage::left) continue;
    report(*batch, each);
    batch->packets.clear();
    batch->stage = Stage::idle;
  }
  if (filled_->stage != Stage::idle) fill_an_idle_one();
}

}  // namespace patchbay
