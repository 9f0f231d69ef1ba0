#include "patchbay/net/packet.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/options.hpp"
#include "patchbay/net/packet_filter.hpp"
#include "patchbay/net/udp_options.hpp"

namespace patchbay {

namespace {

Result<> change_membership(PacketSocket& socket, int name, const packet_mreq& request) {
  const auto changed =
      socket.port().set_option(socket.handle(), SOL_PACKET, name, &request, sizeof request);
  if (changed) return changed;
  return explain_frame(
      Error::from_errno(changed.error().code(), "change what the interface hears"));
}

packet_mreq group_request(std::uint32_t interface, const std::array<std::uint8_t, 6>& group) {
  packet_mreq request{};
  request.mr_ifindex = static_cast<int>(interface);
  request.mr_type = PACKET_MR_MULTICAST;
  request.mr_alen = static_cast<unsigned short>(group.size());
  std::ranges::copy(group, request.mr_address);
  return request;
}

}  // namespace

Result<Frame> ReceiveFrameOp::await_resume() {
  if (!succeeded()) return failure();
  const BatchedDatagram received = batch()[0];
  return Frame{received.bytes().size(), received.link(), received.truncated()};
}

bool SendFrameOp::await_ready() {
  batch_.emplace(slot_, std::span<std::byte>());
  batch_->set_single(bytes_);
  if (to_) batch_->set_single_link(*to_);
  argument = &*batch_;
  return Op::await_ready();
}

Result<> SendFrameOp::await_resume() const {
  if (succeeded()) return ok();
  if (outcome != Outcome::failed) return failure();
  const Error refused = explain_frame(Error::from_errno(error, operation_name(kind)));
  return to_ ? refused.about(to_->to_string()) : refused.about("the interface");
}

Result<PacketSocket> PacketSocket::open(const PacketOptions& options) {
  Engine& engine = Loop::current().engine();
  const int type = options.cooked ? SOCK_DGRAM : SOCK_RAW;
  // With protocol 0 nothing arrives before bind() names one, and so nothing past the filter.
  const auto handle = engine.open({AF_PACKET, type, 0});
  if (!handle) {
    if (handle.error().fault() != Fault::permission) return handle.error();
    return Error::from_errno(handle.error().code(), "open a packet socket")
        .because("frames may be seen only with the capability CAP_NET_RAW")
        .advising("run it as root, or grant the capability: `patchbay doctor` says how");
  }
  PacketSocket socket(engine, *handle);
  if (const auto prepared = socket.prepare(options); !prepared) return prepared.error();
  const sockaddr_ll local = LinkAddress(options.interface, options.protocol).native();
  const auto bound = engine.bind(*handle, reinterpret_cast<const sockaddr*>(&local), sizeof local);
  if (!bound)
    return explain_frame(Error::from_errno(bound.error().code(), "listen on the interface"));
  return socket;
}

Result<> PacketSocket::prepare(const PacketOptions& options) {
  Result<> done;
  const auto set = [&](int level, int name, bool wanted, int value = 1) {
    if (done && wanted) done = set_option(port(), handle(), level, name, value);
  };
  set(SOL_PACKET, PACKET_AUXDATA, options.auxdata);
  set(SOL_PACKET, PACKET_IGNORE_OUTGOING, options.ignore_outgoing);
  set(SOL_SOCKET, SO_TIMESTAMPNS, options.timestamp);
  if (done) {
    done = set_buffers(port(), handle(), options.receive_buffer_bytes, options.send_buffer_bytes);
  }
  if (done && !options.filter.empty()) done = attach_filter(port(), handle(), options.filter);
  if (done && options.promiscuous) done = set_promiscuous(options.interface, true);
  return done;
}

Result<> PacketSocket::set_promiscuous(std::uint32_t interface, bool wanted) {
  packet_mreq request{};
  request.mr_ifindex = static_cast<int>(interface);
  request.mr_type = PACKET_MR_PROMISC;
  return change_membership(*this, wanted ? PACKET_ADD_MEMBERSHIP : PACKET_DROP_MEMBERSHIP, request);
}

Result<> PacketSocket::join(std::uint32_t interface, const std::array<std::uint8_t, 6>& group) {
  return change_membership(*this, PACKET_ADD_MEMBERSHIP, group_request(interface, group));
}

Result<> PacketSocket::leave(std::uint32_t interface, const std::array<std::uint8_t, 6>& group) {
  return change_membership(*this, PACKET_DROP_MEMBERSHIP, group_request(interface, group));
}

Result<PacketSocket::Statistics> PacketSocket::statistics() {
  tpacket_stats counted{};
  unsigned size = sizeof counted;
  const auto got = port().get_option(handle(), SOL_PACKET, PACKET_STATISTICS, &counted, size);
  if (!got) return got.error();
  return Statistics{.received = counted.tp_packets, .dropped = counted.tp_drops};
}

}  // namespace patchbay
