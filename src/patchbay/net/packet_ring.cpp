#include "patchbay/net/packet_ring.hpp"

#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>

#include "patchbay/net/options.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_blocks = 65'536;
// Nobody looks at it where frames have lengths of their own, but it must be a plausible one.
constexpr unsigned k_frame_bytes = 2048;

tpacket_req3 request_for(const PacketRingOptions& options) {
  const auto block_bytes = static_cast<unsigned>(options.block_bytes);
  const auto blocks =
      static_cast<unsigned>(std::clamp<std::size_t>(options.blocks, 2, k_most_blocks));
  const auto retire = std::chrono::ceil<std::chrono::milliseconds>(options.retire).count();
  return {.tp_block_size = block_bytes,
          .tp_block_nr = blocks,
          .tp_frame_size = k_frame_bytes,
          .tp_frame_nr = block_bytes / k_frame_bytes * blocks,
          .tp_retire_blk_tov = static_cast<unsigned>(std::clamp<std::int64_t>(retire, 1, 1'000)),
          .tp_sizeof_priv = 0,
          .tp_feature_req_word = 0};
}

}  // namespace

Result<PacketRing> PacketRing::make(Port& port, int handle, const PacketRingOptions& options) {
  constexpr const char* operation = "make a packet ring";
  const tpacket_req3 request = request_for(options);
  Result<> done = set_option(port, handle, SOL_PACKET, PACKET_VERSION, TPACKET_V3);
  if (done) {
    done = port.set_option(handle, SOL_PACKET, PACKET_RX_RING, &request, sizeof request);
  }
  if (!done) return Error::from_errno(done.error().code(), operation);
  const std::size_t bytes = std::size_t{request.tp_block_size} * request.tp_block_nr;
  const auto memory = port.map(handle, bytes);
  if (!memory) return Error::from_errno(memory.error().code(), operation);
  return PacketRing(*memory, request.tp_block_size);
}

PacketRing& PacketRing::operator=(PacketRing&& other) noexcept {
  std::swap(memory_, other.memory_);
  std::swap(block_bytes_, other.block_bytes_);
  std::swap(next_, other.next_);
  return *this;
}

PacketRing::~PacketRing() {
  if (exists()) ::munmap(memory_.data(), memory_.size());
}

}  // namespace patchbay
