#include "patchbay/tools/scan/probe/probe_link.hpp"

#include <netinet/in.h>

#include <algorithm>

namespace patchbay {

namespace {

// Waking a thread takes as long as sending a few.
constexpr std::size_t k_least_handed_over = 64;
constexpr Duration k_most_blocked = 100ms;  // by a link that takes nothing

}  // namespace

ProbeLink::ProbeLink(std::optional<DatagramSocket> own, DatagramSocket* shared,
                     std::size_t header_bytes, const ProbeLinkOptions& options)
    : own_(std::move(own)), socket_(own_ ? &*own_ : shared), header_bytes_(header_bytes) {
  if (options.threads != nullptr) beside_ = SocketBeside::of(*socket_);
  if (beside_) threads_ = options.threads;
  const std::size_t count = threads_ != nullptr ? threads_->count() + 2 : 1;
  while (batches_.size() < count) {
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

// At the most all but one are with the threads.
void ProbeLink::fill_an_idle_one() {
  for (const auto& batch : batches_) {
    if (batch->stage == Stage::idle) filled_ = batch.get();
  }
}

// --- sending -------------------------------------------------------------------------------------

bool ProbeLink::hand_over() {
  if (threads_ == nullptr || size() < k_least_handed_over) return false;
  const auto leaving = std::ranges::count_if(
      batches_, [](const auto& batch) { return batch->stage == Stage::leaving; });
  if (static_cast<std::size_t>(leaving) + 1 == batches_.size()) return false;
  Batch& batch = *filled_;
  batch.stage = Stage::leaving;
  threads_->send([beside = *beside_, &batch] { beside.send(batch.packets, k_most_blocked); },
                 [&batch] { batch.stage = Stage::left; });
  return true;
}

SendBatchOp ProbeLink::send(Deadline deadline) {
  filled_->stage = Stage::left;  // when report() looks at it
  return socket_->send(filled_->packets, deadline);
}

std::size_t ProbeLink::taken() const {
  std::size_t taken = 0;
  for (const auto& batch : batches_) {
    if (batch->stage == Stage::left) taken += batch->packets.taken();
  }
  return taken;
}

void ProbeLink::close_beside() {
  if (own_ && threads_ != nullptr) threads_->pool().submit(beside_->begin_close(), [] {});
}

}  // namespace patchbay
