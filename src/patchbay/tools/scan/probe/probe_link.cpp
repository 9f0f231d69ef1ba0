#include "patchbay/tools/scan/probe/probe_link.hpp"

#include <netinet/in.h>

#include <algorithm>

namespace patchbay {

ProbeLink::ProbeLink(DatagramSocket own, std::size_t header_bytes, std::size_t batch)
    : ProbeLink(nullptr, header_bytes, batch) {
  socket_ = &own_.emplace(std::move(own));
}

ProbeLink::ProbeLink(DatagramSocket* shared, std::size_t header_bytes, std::size_t batch)
    : socket_(shared),
      header_bytes_(header_bytes),
      batch_({.datagrams = batch, .datagram_bytes = header_bytes + k_most_packet_bytes}),
      probes_(batch_.capacity()) {}

Result<std::unique_ptr<ProbeLink>> ProbeLink::of_frames(const LinkDevice& device,
                                                        std::size_t batch) {
  auto socket = PacketSocket::open({.interface = device.index,
                                    .protocol = 0,  // it only sends
                                    .send_buffer_bytes = k_send_buffer_bytes});
  if (!socket) return socket.error();
  return std::unique_ptr<ProbeLink>(
      new ProbeLink(std::move(*socket), std::tuple_size_v<FrameHeader>, batch));
}

std::unique_ptr<ProbeLink> ProbeLink::of_frames(PacketSocket& socket, std::size_t batch) {
  return std::unique_ptr<ProbeLink>(new ProbeLink(&socket, std::tuple_size_v<FrameHeader>, batch));
}

Result<std::unique_ptr<ProbeLink>> ProbeLink::of_packets(Family family, const LinkDevice& device,
                                                         std::size_t batch) {
  // What is for this host comes by the loopback, whatever device has the address.
  RawOptions options{.with_header = true, .ip = {.send_buffer_bytes = k_send_buffer_bytes}};
  if (!device.loopback) options.ip.interface = device.name;
  auto socket = RawSocket::open(family, IPPROTO_RAW, options);
  if (!socket) return socket.error();
  return std::unique_ptr<ProbeLink>(new ProbeLink(std::move(*socket), 0, batch));
}

std::span<std::byte> ProbeLink::begin(const FrameHeader& header) {
  batch_.add(std::span<const std::byte>());
  const std::span<std::byte> frame = room();
  std::ranges::copy(header, frame.begin());
  return frame.subspan(header.size());
}

std::span<std::byte> ProbeLink::begin(const IpAddress& to) {
  batch_.add(std::span<const std::byte>(), Endpoint(to, 0));
  return room();
}

void ProbeLink::finish(std::size_t packet_bytes, const ScanProbe& probe) {
  const std::size_t last = batch_.size() - 1;
  batch_[last].resize(header_bytes_ + packet_bytes);
  probes_[last] = probe;
}

}  // namespace patchbay
