#include "patchbay/tools/scan/probe/probe_link.hpp"

#include <netinet/in.h>

#include <algorithm>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

// One is filled while two leave: so a thread that is done finds the next.
constexpr std::size_t k_batches = 3;
// Waking a thread takes as long as sending a few.
constexpr std::size_t k_least_handed_over = 64;
constexpr Duration k_most_blocked = 100ms;  // by a link that takes nothing

}  // namespace

ProbeLink::ProbeLink(std::optional<DatagramSocket> own, DatagramSocket* shared,
                     std::size_t header_bytes, const ProbeLinkOptions& options)
    : own_(std::move(own)), socket_(own_ ? &*own_ : shared), header_bytes_(header_bytes) {
  if (options.may_use_threads && has_other_processors()) beside_ = SocketBeside::of(*socket_);
  for (std::size_t count = beside_ ? k_batches : 1; count > 0; --count) {
    batches_.push_back(std::make_unique<Batch>(
        BatchOptions{.datagrams = options.batch_packets,
                     .datagram_bytes = header_bytes + options.packet_bytes}));
  }
  filled_ = batches_.front().get();
}

Result<std::unique_ptr<ProbeLink>> ProbeLink::of_frames(const LinkDevice& device,
                                                        const ProbeLinkOptions& options) {
  auto socket = PacketSocket::open({.interface = device.index,
                                    .protocol = 0,  // it only sends
                                    .send_buffer_bytes = k_send_buffer_bytes});
  if (!socket) return socket.error();
  return std::unique_ptr<ProbeLink>(
      new ProbeLink(std::move(*socket), nullptr, std::tuple_size_v<FrameHeader>, options));
}

std::unique_ptr<ProbeLink> ProbeLink::of_frames(PacketSocket& socket,
                                                const ProbeLinkOptions& options) {
  return std::unique_ptr<ProbeLink>(
      new ProbeLink(std::nullopt, &socket, std::tuple_size_v<FrameHeader>, options));
}

Result<std::unique_ptr<ProbeLink>> ProbeLink::of_packets(Family family, const LinkDevice& device,
                                                         const ProbeLinkOptions& options) {
  // What is for this host comes by the loopback, whatever device has the address.
  RawOptions raw{.with_header = true, .ip = {.send_buffer_bytes = k_send_buffer_bytes}};
  if (!device.loopback) raw.ip.interface = device.name;
  auto socket = RawSocket::open(family, IPPROTO_RAW, raw);
  if (!socket) return socket.error();
  return std::unique_ptr<ProbeLink>(new ProbeLink(std::move(*socket), nullptr, 0, options));
}

// --- filling -------------------------------------------------------------------------------------

std::span<std::byte> ProbeLink::begin(const FrameHeader& header) {
  filled_->packets.add(std::span<const std::byte>());
  const std::span<std::byte> frame = room();
  std::ranges::copy(header, frame.begin());
  return frame.subspan(header.size());
}

std::span<std::byte> ProbeLink::begin(const IpAddress& to) {
  filled_->packets.add(std::span<const std::byte>(), Endpoint(to, 0));
  return room();
}

void ProbeLink::finish(std::size_t packet_bytes, const ScanProbe& probe) {
  const std::size_t last = size() - 1;
  filled_->packets[last].resize(header_bytes_ + packet_bytes);
  filled_->probes[last] = probe;
}

// --- sending -------------------------------------------------------------------------------------

bool ProbeLink::is_any(Stage stage) const {
  return std::ranges::any_of(batches_,
                             [stage](const auto& batch) { return batch->stage == stage; });
}

void ProbeLink::hand_over(Batch& batch) {
  batch.stage = Stage::leaving;
  Loop::current().blocking_pool().submit(
      [socket = *beside_, &batch] { socket.send(batch.packets, k_most_blocked); },
      [this, &batch] {
        batch.stage = Stage::left;
        some_left_.set();
      });
}

Task<Result<>> ProbeLink::send(Deadline deadline) {
  Batch& batch = *filled_;
  if (!beside_ || batch.packets.size() < k_least_handed_over) {
    const auto sent = co_await socket_->send(batch.packets, deadline);
    batch.stage = Stage::left;
    if (!sent && sent.error().fault() == Fault::cancelled) co_return sent.error();
    co_return ok();
  }
  hand_over(batch);
  while (!is_any(Stage::idle) && !is_any(Stage::left)) {
    some_left_.reset();
    if (const auto waited = co_await some_left_.wait(); !waited) co_return waited.error();
  }
  co_return ok();
}

Task<> ProbeLink::all_left() {
  while (is_any(Stage::leaving)) {
    some_left_.reset();
    co_await some_left_.wait_regardless();
  }
}

}  // namespace patchbay
