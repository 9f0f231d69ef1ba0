#include "patchbay/net/frame_reader.hpp"

#include <sys/socket.h>

#include <utility>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/options.hpp"
#include "patchbay/net/socket_beside.hpp"

namespace patchbay {

WaitFramesOp::WaitFramesOp(FrameReader& reader, Port& port, int handle, DatagramBatch* batch,
                           Deadline deadline)
    : Op(batch == nullptr ? OpKind::wait_readable : OpKind::receive_batch, &port, handle, deadline),
      reader_(reader) {
  argument = batch;
}

Result<> WaitFramesOp::await_resume() {
  constexpr OpKind what = OpKind::receive_batch;  // to whoever waits, also where there is a ring
  if (outcome == Outcome::failed) {
    return explain_frame(Error::from_errno(error, operation_name(what)));
  }
  if (!succeeded()) return Error(failure().fault(), operation_name(what));
  reader_.filled_ = kind == OpKind::receive_batch;
  if (reader_.filled_ || reader_.ring_.is_ready()) return ok();
  return reader_.look_for_error();
}

Result<FrameReader> FrameReader::open(const FrameReaderOptions& options) {
  auto socket = PacketSocket::open(options.packets);
  if (!socket) return socket.error();
  // What the socket heard before it had a ring is lost: nobody has asked for anything yet.
  auto ring = PacketRing::make(socket->port(), socket->handle(), options.ring);
  return FrameReader(std::move(*socket), ring ? std::move(*ring) : PacketRing(), options);
}

FrameReader::FrameReader(PacketSocket socket, PacketRing ring, const FrameReaderOptions& options)
    : socket_(std::move(socket)),
      ring_(std::move(ring)),
      header_bytes_(options.packets.cooked ? 0 : ETH_HLEN) {
  if (!has_ring()) batch_ = std::make_unique<DatagramBatch>(options.batch);
}

HeardFrame::Checksum FrameReader::checksum_of(const DatagramMetadata& metadata) {
  if (!metadata.auxdata) return HeardFrame::Checksum::unknown;
  if (metadata.auxdata->checksum_not_ready) return HeardFrame::Checksum::not_made;
  return metadata.auxdata->checksum_valid ? HeardFrame::Checksum::valid
                                          : HeardFrame::Checksum::unknown;
}

bool FrameReader::refill() {
  Op receiving(OpKind::receive_batch, &socket_.port(), socket_.handle(), Deadline::never());
  receiving.argument = batch_.get();
  return socket_.port().attempt(receiving) && receiving.outcome == Outcome::ok;
}

void FrameReader::close_beside(BlockingPool& threads) {
  const auto beside = SocketBeside::of(socket_);
  if (!beside || !has_ring()) return socket_.close();
  // Whichever of the two goes last takes the time.
  const auto work = [close = beside->begin_close(),
                     ring = std::make_shared<PacketRing>(std::move(ring_))] {
    *ring = PacketRing();
    close();
  };
  threads.submit(work, [] {});
}

Result<> FrameReader::look_for_error() {
  const auto code = get_option(socket_.port(), socket_.handle(), SOL_SOCKET, SO_ERROR);
  if (!code || *code == 0) return ok();
  return explain_frame(Error::from_errno(*code, "receive from").about("the interface"));
}

}  // namespace patchbay
