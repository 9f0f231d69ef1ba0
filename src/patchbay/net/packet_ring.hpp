// PacketRing: what a packet socket hears, written by the kernel straight into memory of this
// process (TPACKET_V3, packet_mmap). No call and no copy per frame.
#pragma once

#include <linux/if_packet.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

#include "patchbay/base/result.hpp"
#include "patchbay/base/time.hpp"
#include "patchbay/net/link_address.hpp"
#include "patchbay/net/op.hpp"

namespace patchbay {

// The memory is a ring of blocks. A frame lies within one; the kernel hands a block over when the
// next frame does not fit any more, or when its oldest has waited for `retire`.
struct PacketRingOptions {
  // A multiple of the page of 4,096 bytes. Of a frame that is longer than a block its beginning is
  // kept. Small ones are told of soon, large ones cost less.
  std::size_t block_bytes = 16 * 1024;
  std::size_t blocks = 256;  // 2 to 65,536; when all are full, frames are lost and counted
  Duration retire = 1ms;     // whole milliseconds, 1 to 1,000; before Linux 6.18 up to 8 ms longer
};

// A frame that was heard: valid during the visit only.
struct HeardFrame {
  // As far as the filter lets it pass and a block or a batch has room; of a cooked socket without
  // the link's header.
  std::span<const std::byte> bytes;
  std::span<const std::byte> packet;         // of these, what is behind the link's header
  LinkAddress link;                          // of the sender
  std::chrono::system_clock::time_point at;  // when this host had it
  // What the kernel knows of the transport's checksum, without looking: `valid` where the card has
  // looked, `not_made` where the frame has not left this machine, and a card would have made it.
  enum class Checksum : std::uint8_t { unknown, valid, not_made };
  Checksum checksum = Checksum::unknown;
};

// Move-only; the destructor gives the memory back.
class PacketRing {
 public:
  PacketRing() = default;  // none
  // Of a packet socket, which receives in no other way from then on. Faults: system (ENOMEM;
  // EINVAL: sizes out of range; EOPNOTSUPP: an engine without rings).
  static Result<PacketRing> make(Port& port, int handle, const PacketRingOptions& options = {});
  PacketRing(PacketRing&& other) noexcept
      : memory_(std::exchange(other.memory_, {})),
        block_bytes_(other.block_bytes_),
        next_(other.next_) {}
  PacketRing& operator=(PacketRing&& other) noexcept;
  ~PacketRing();

  bool exists() const { return !memory_.empty(); }
  // Is there a block to be read?
  bool is_ready() const { return exists() && is_handed_over(block(next_)); }
  // Every frame of the blocks that the kernel has handed over, once around at most. How many.
  template <class Visit>
  std::size_t visit(Visit&& each);

 private:
  PacketRing(std::span<std::byte> memory, std::size_t block_bytes)
      : memory_(memory), block_bytes_(block_bytes) {}

  std::size_t blocks() const { return memory_.size() / block_bytes_; }
  std::byte* block(std::size_t index) const { return memory_.data() + index * block_bytes_; }
  // The kernel writes the status last, and so does whoever gives a block back.
  static std::uint32_t& status_of(std::byte* block) {
    return reinterpret_cast<tpacket_block_desc*>(block)->hdr.bh1.block_status;
  }
  static bool is_handed_over(std::byte* block) {
    const std::atomic_ref<std::uint32_t> status(status_of(block));
    return (status.load(std::memory_order_acquire) & TP_STATUS_USER) != 0;
  }
  static HeardFrame frame_at(const std::byte* at);
  static HeardFrame::Checksum checksum_of(std::uint32_t status);

  std::span<std::byte> memory_;
  std::size_t block_bytes_ = 1;
  std::size_t next_ = 0;  // the block that is handed over next
};

inline HeardFrame::Checksum PacketRing::checksum_of(std::uint32_t status) {
  if ((status & TP_STATUS_CSUMNOTREADY) != 0) return HeardFrame::Checksum::not_made;
  if ((status & TP_STATUS_CSUM_VALID) != 0) return HeardFrame::Checksum::valid;
  return HeardFrame::Checksum::unknown;
}

inline HeardFrame PacketRing::frame_at(const std::byte* at) {
  const auto& head = *reinterpret_cast<const tpacket3_hdr*>(at);
  const auto* const link =
      reinterpret_cast<const sockaddr_ll*>(at + TPACKET_ALIGN(sizeof(tpacket3_hdr)));
  const auto since_1970 =
      std::chrono::seconds(head.tp_sec) + std::chrono::nanoseconds(head.tp_nsec);
  const std::span<const std::byte> bytes(at + head.tp_mac, head.tp_snaplen);
  const auto header_bytes = static_cast<std::size_t>(head.tp_net - head.tp_mac);
  return {.bytes = bytes,
          .packet = bytes.subspan(std::min(header_bytes, bytes.size())),
          .link = LinkAddress(*link),
          .at = std::chrono::system_clock::time_point(since_1970),
          .checksum = checksum_of(head.tp_status)};
}

template <class Visit>
std::size_t PacketRing::visit(Visit&& each) {
  std::size_t count = 0;
  for (std::size_t turn = blocks(); turn > 0 && is_ready(); --turn) {
    std::byte* const heard = block(next_);
    const auto& head = reinterpret_cast<const tpacket_block_desc*>(heard)->hdr.bh1;
    const std::byte* frame = heard + head.offset_to_first_pkt;
    for (std::uint32_t left = head.num_pkts; left > 0; --left) {
      each(frame_at(frame));
      frame += reinterpret_cast<const tpacket3_hdr*>(frame)->tp_next_offset;
    }
    count += head.num_pkts;
    std::atomic_ref<std::uint32_t>(status_of(heard))
        .store(TP_STATUS_KERNEL, std::memory_order_release);
    next_ = next_ + 1 < blocks() ? next_ + 1 : 0;
  }
  return count;
}

}  // namespace patchbay
