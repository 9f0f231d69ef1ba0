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
#include "patchbay/tools/scan/run/scan_run.hpp"

namespace patchbay {

// The header of Ethernet, as it is put before packets.
using FrameHeader = std::array<std::byte, 14>;

class ProbeLink {
 public:
  static constexpr std::size_t k_most_packet_bytes = 1280;
  // A queue of the device's own length would otherwise be longer than the socket's buffer, which
  // then wakes the sender for every packet that has left.
  static constexpr std::size_t k_send_buffer_bytes = 4 * 1024 * 1024;

  // Frames by a packet socket of that device, or packets by the kernel's IP: where there is no
  // Ethernet, and to this host itself. `batch` is the packets that leave by one call. Faults:
  // permission, system.
  static Result<std::unique_ptr<ProbeLink>> of_frames(const LinkDevice& device, std::size_t batch);
  // By one that is bound to the device already, and outlives this.
  static std::unique_ptr<ProbeLink> of_frames(PacketSocket& socket, std::size_t batch);
  static Result<std::unique_ptr<ProbeLink>> of_packets(Family family, const LinkDevice& device,
                                                       std::size_t batch);

  bool is_full() const { return batch_.full(); }
  bool is_empty() const { return batch_.empty(); }
  std::size_t size() const { return batch_.size(); }

  // Room for one more packet of k_most_packet_bytes, until finish(): behind the header of its
  // frame, or on its way to `to`. Not of a full one.
  std::span<std::byte> begin(const FrameHeader& header);
  std::span<std::byte> begin(const IpAddress& to);
  // A packet that is no probe of the plan has the attempt 0.
  void finish(std::size_t packet_bytes, const ScanProbe& probe);

  // All of the batch, of which report() then tells. Waits where the link is busy.
  SendBatchOp send(Deadline deadline) { return socket_->send(batch_, deadline); }
  // How many of it did leave.
  std::size_t taken() const { return batch_.taken(); }
  // What of it did not, by each(const ScanProbe&, errno), where 0 is that there was no time.
  // The batch is empty afterwards.
  template <class Each>
  void report(Each&& each);

 private:
  ProbeLink(DatagramSocket own, std::size_t header_bytes, std::size_t batch);
  ProbeLink(DatagramSocket* shared, std::size_t header_bytes, std::size_t batch);
  std::span<std::byte> room() { return batch_[batch_.size() - 1].room(); }

  std::optional<DatagramSocket> own_;
  DatagramSocket* socket_;
  std::size_t header_bytes_;
  DatagramBatch batch_;
  std::vector<ScanProbe> probes_;  // what each packet is
};

template <class Each>
void ProbeLink::report(Each&& each) {
  if (batch_.refused() > 0 || batch_.sent() < batch_.size()) {
    for (std::size_t i = 0; i < batch_.size(); ++i) {
      const bool refused = i < batch_.sent() && batch_.was_refused(i);
      if (!refused && i < batch_.sent()) continue;
      each(probes_[i], refused ? batch_.refusal_code() : 0);
    }
  }
  batch_.clear();
}

}  // namespace patchbay
