// FrameReader: everything that a packet socket hears, many frames at a time: by a ring in shared
// memory where the engine is a kernel, by batches elsewhere.
//
//   for (;;) {
//     const auto heard = co_await reader->wait(deadline);
//     if (!heard) break;
//     reader->read([&](const HeardFrame& frame) { … });
//   }
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <span>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/packet.hpp"
#include "patchbay/net/packet_ring.hpp"

namespace patchbay {

struct FrameReaderOptions {
  PacketOptions packets = {};
  PacketRingOptions ring = {};
  BatchOptions batch = {.datagrams = 64, .datagram_bytes = 2048};  // where there is no ring
};

class BlockingPool;
class FrameReader;

// Result<>: read() has something, most likely.
class WaitFramesOp : public Op {
 public:
  WaitFramesOp(FrameReader& reader, Port& port, int handle, DatagramBatch* batch,
               Deadline deadline);
  Result<> await_resume();

 private:
  FrameReader& reader_;
};

// Move-only, and stays where it is while somebody waits.
class FrameReader {
 public:
  // Faults as of PacketSocket::open(). A kernel that has no memory for the ring gives batches.
  static Result<FrameReader> open(const FrameReaderOptions& options = {});

  // Faults: timed_out, cancelled, closed, unreachable (once, when the interface has gone down).
  WaitFramesOp wait(Deadline deadline = {}) {
    return {*this, socket_.port(), socket_.handle(), batch_.get(), deadline};
  }
  // What has been heard: calls each(const HeardFrame&). Does not wait, and is no system
  // call where there is a ring. How many there were.
  template <class Visit>
  std::size_t read(Visit&& each);

  // Since it was asked last. Frames that the ring or the socket's buffer had no room for are lost.
  Result<PacketSocket::Statistics> statistics() { return socket_.statistics(); }
  bool has_ring() const { return ring_.exists(); }
  // What is sent by it is not heard, whatever PacketOptions::ignore_outgoing says.
  PacketSocket& socket() { return socket_; }
  // Gives everything back, where there is a ring by one of these threads, beside what the loop goes
  // on with: a kernel waits until every processor has seen a ring go, some 30 ms (synchronize_net()
  // of Linux). Nothing is called afterwards.
  void close_beside(BlockingPool& threads);

 private:
  friend class WaitFramesOp;

  FrameReader(PacketSocket socket, PacketRing ring, const FrameReaderOptions& options);
  // Known where the socket was asked for auxdata and the batch for metadata.
  static HeardFrame::Checksum checksum_of(const DatagramMetadata& metadata);
  // Fills the batch again, if there is something.
  bool refill();
  // What the socket's error is, if it has one: a ring does not tell.
  Result<> look_for_error();

  PacketSocket socket_;
  PacketRing ring_;
  std::unique_ptr<DatagramBatch> batch_;
  std::size_t header_bytes_;  // of Ethernet, in a batch, where the socket is not cooked
  bool filled_ = false;       // by a wait
};

template <class Visit>
std::size_t FrameReader::read(Visit&& each) {
  if (has_ring()) return ring_.visit(each);
  std::size_t count = 0;
  const auto now = Loop::current().wall_clock();
  while (filled_ || refill()) {
    filled_ = false;
    for (const BatchedDatagram frame : *batch_) {
      const std::span<const std::byte> bytes = frame.bytes();
      each(HeardFrame{.bytes = bytes,
                      .packet = bytes.subspan(std::min(header_bytes_, bytes.size())),
                      .link = frame.link(),
                      .at = now,
                      .checksum = checksum_of(frame.metadata())});
    }
    count += batch_->size();
  }
  return count;
}

}  // namespace patchbay
