#include "patchbay/net/datagram_metadata.hpp"

#include <linux/errqueue.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <netinet/udp.h>

#include <ctime>

namespace patchbay {

namespace {

// The value of a control message, or zeros where it is shorter than it should be.
template <class T>
T value_of(const cmsghdr& message) {
  T value{};
  if (message.cmsg_len >= CMSG_LEN(sizeof value)) {
    std::memcpy(&value, CMSG_DATA(&message), sizeof value);
  }
  return value;
}

template <class Visit>
void for_each_message(std::span<const std::byte> control, Visit visit) {
  msghdr header{};
  header.msg_control = const_cast<std::byte*>(control.data());  // only read from
  header.msg_controllen = control.size();
  for (cmsghdr* message = CMSG_FIRSTHDR(&header); message != nullptr;
       message = CMSG_NXTHDR(&header, message)) {
    visit(*message);
  }
}

std::chrono::system_clock::time_point time_point_of(const timespec& time) {
  return std::chrono::system_clock::time_point(std::chrono::seconds(time.tv_sec) +
                                               std::chrono::nanoseconds(time.tv_nsec));
}

// An IPv4 address as an IPv6 socket that takes both families sees it (RFC 4291 2.5.5.2).
bool is_mapped(const in6_addr& address) { return IN6_IS_ADDR_V4MAPPED(&address); }

in_addr v4_of(const in6_addr& mapped) {
  in_addr address{};
  std::memcpy(&address, &mapped.s6_addr[12], sizeof address);
  return address;
}

void take_v4(const cmsghdr& message, DatagramMetadata& into) {
  switch (message.cmsg_type) {
    case IP_TTL: into.hop_limit = value_of<int>(message); break;
    case IP_TOS: into.traffic_class = value_of<std::uint8_t>(message); break;
    case IP_PKTINFO: {
      const auto info = value_of<in_pktinfo>(message);
      into.destination = IpAddress(info.ipi_addr);
      into.local = IpAddress(info.ipi_spec_dst);
      into.interface = static_cast<std::uint32_t>(info.ipi_ifindex);
      break;
    }
    default: break;
  }
}

void take_v6(const cmsghdr& message, DatagramMetadata& into) {
  switch (message.cmsg_type) {
    case IPV6_HOPLIMIT: into.hop_limit = value_of<int>(message); break;
    case IPV6_TCLASS: into.traffic_class = static_cast<std::uint8_t>(value_of<int>(message)); break;
    case IPV6_PKTINFO: {
      const auto info = value_of<in6_pktinfo>(message);
      const bool scoped = IpAddress(info.ipi6_addr).is_link_local();
      into.destination = is_mapped(info.ipi6_addr)
                             ? IpAddress(v4_of(info.ipi6_addr))
                             : IpAddress(info.ipi6_addr, scoped ? info.ipi6_ifindex : 0);
      into.interface = info.ipi6_ifindex;
      break;
    }
    default: break;
  }
}

PacketAuxdata auxdata_of(const tpacket_auxdata& from) {
  PacketAuxdata auxdata{.original_bytes = from.tp_len,
                        .checksum_not_ready = (from.tp_status & TP_STATUS_CSUMNOTREADY) != 0,
                        .checksum_valid = (from.tp_status & TP_STATUS_CSUM_VALID) != 0};
  if ((from.tp_status & TP_STATUS_VLAN_VALID) != 0) {
    auxdata.vlan_tag = from.tp_vlan_tci;
    const bool told = (from.tp_status & TP_STATUS_VLAN_TPID_VALID) != 0;
    auxdata.vlan_protocol = told ? from.tp_vlan_tpid : 0x8100;
  }
  return auxdata;
}

ErrorReport report_of(const cmsghdr& message) {
  const auto from = value_of<sock_extended_err>(message);
  ErrorReport report{.code = static_cast<int>(from.ee_errno),
                     .icmp_type = from.ee_type,
                     .icmp_code = from.ee_code};
  if (from.ee_errno == EMSGSIZE) report.mtu_bytes = from.ee_info;
  switch (from.ee_origin) {
    case SO_EE_ORIGIN_LOCAL: report.origin = ErrorReport::Origin::local; break;
    case SO_EE_ORIGIN_ICMP: report.origin = ErrorReport::Origin::icmp; break;
    case SO_EE_ORIGIN_ICMP6: report.origin = ErrorReport::Origin::icmp6; break;
    default: break;
  }
  // The offender's address stands right behind (SO_EE_OFFENDER).
  struct WithV4 {
    sock_extended_err error;
    sockaddr_in offender;
  };
  struct WithV6 {
    sock_extended_err error;
    sockaddr_in6 offender;
  };
  const auto v4 = value_of<WithV4>(message).offender;
  const auto v6 = value_of<WithV6>(message).offender;
  if (v4.sin_family == AF_INET) report.offender = IpAddress(v4.sin_addr);
  if (v6.sin6_family == AF_INET6) report.offender = IpAddress(v6.sin6_addr, v6.sin6_scope_id);
  return report;
}

}  // namespace

Error ErrorReport::error() const {
  return Error::from_errno(code, "reach").about(destination.to_string());
}

DatagramMetadata parse_metadata(std::span<const std::byte> control) {
  DatagramMetadata metadata;
  for_each_message(control, [&](const cmsghdr& message) {
    switch (message.cmsg_level) {
      case IPPROTO_IP: take_v4(message, metadata); break;
      case IPPROTO_IPV6: take_v6(message, metadata); break;
      case IPPROTO_UDP:
        if (message.cmsg_type != UDP_GRO) break;
        metadata.segment_bytes = static_cast<std::size_t>(value_of<int>(message));
        break;
      case SOL_SOCKET:
        if (message.cmsg_type == SO_TIMESTAMPNS) {
          metadata.received_at = time_point_of(value_of<timespec>(message));
        }
        if (message.cmsg_type == SO_RXQ_OVFL) metadata.dropped = value_of<std::uint32_t>(message);
        break;
      case SOL_PACKET:
        if (message.cmsg_type != PACKET_AUXDATA) break;
        metadata.auxdata = auxdata_of(value_of<tpacket_auxdata>(message));
        break;
      default: break;
    }
  });
  return metadata;
}

std::optional<ErrorReport> parse_error_report(std::span<const std::byte> control) {
  std::optional<ErrorReport> report;
  for_each_message(control, [&](const cmsghdr& message) {
    const bool v4 = message.cmsg_level == IPPROTO_IP && message.cmsg_type == IP_RECVERR;
    const bool v6 = message.cmsg_level == IPPROTO_IPV6 && message.cmsg_type == IPV6_RECVERR;
    if (v4 || v6) report = report_of(message);
  });
  return report;
}

void ControlWriter::add(const SendSettings& settings, const Endpoint& to) {
  if (settings.segment_bytes) add(IPPROTO_UDP, UDP_SEGMENT, *settings.segment_bytes);
  // What goes to a mapped address goes by IPv4, whatever the socket's family.
  const bool v6 = to.family() == Family::v6 && !is_mapped(to.address().v6());
  if (settings.hop_limit) {
    add(v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_HOPLIMIT : IP_TTL, *settings.hop_limit);
  }
  if (settings.traffic_class) {
    const int value = *settings.traffic_class;
    add(v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_TCLASS : IP_TOS, value);
  }
  if (!settings.source && settings.interface == 0) return;
  if (v6) {
    in6_pktinfo info{};
    if (settings.source) info.ipi6_addr = settings.source->v6();
    info.ipi6_ifindex = settings.interface;
    add(IPPROTO_IPV6, IPV6_PKTINFO, info);
  } else {
    in_pktinfo info{};
    if (settings.source) info.ipi_spec_dst = settings.source->v4();
    info.ipi_ifindex = static_cast<int>(settings.interface);
    add(IPPROTO_IP, IP_PKTINFO, info);
  }
}

void ControlWriter::add(const DatagramMetadata& metadata) {
  if (metadata.segment_bytes) add(IPPROTO_UDP, UDP_GRO, static_cast<int>(*metadata.segment_bytes));
  if (metadata.dropped) add(SOL_SOCKET, SO_RXQ_OVFL, *metadata.dropped);
  if (metadata.received_at) {
    const auto since = std::chrono::nanoseconds(metadata.received_at->time_since_epoch()).count();
    add(SOL_SOCKET, SO_TIMESTAMPNS,
        timespec{.tv_sec = since / 1'000'000'000, .tv_nsec = since % 1'000'000'000});
  }
  const bool v6 = metadata.destination && metadata.destination->is_v6();
  if (metadata.hop_limit) {
    add(v6 ? IPPROTO_IPV6 : IPPROTO_IP, v6 ? IPV6_HOPLIMIT : IP_TTL, *metadata.hop_limit);
  }
  if (metadata.traffic_class && v6) {
    add(IPPROTO_IPV6, IPV6_TCLASS, static_cast<int>(*metadata.traffic_class));
  } else if (metadata.traffic_class) {
    add(IPPROTO_IP, IP_TOS, *metadata.traffic_class);
  }
  if (!metadata.destination) return;
  if (v6) {
    add(IPPROTO_IPV6, IPV6_PKTINFO,
        in6_pktinfo{.ipi6_addr = metadata.destination->v6(), .ipi6_ifindex = metadata.interface});
  } else {
    add(IPPROTO_IP, IP_PKTINFO,
        in_pktinfo{.ipi_ifindex = static_cast<int>(metadata.interface),
                   .ipi_spec_dst = metadata.local.value_or(*metadata.destination).v4(),
                   .ipi_addr = metadata.destination->v4()});
  }
}

SendSettings settings_for_reply(const DatagramMetadata& metadata) {
  SendSettings settings;
  if (metadata.segment_bytes) {
    settings.segment_bytes = static_cast<std::uint16_t>(*metadata.segment_bytes);
  }
  if (!metadata.destination) return settings;
  // The kernel names, for IPv4, the address it would answer from even when it was a group's.
  if (metadata.local) {
    settings.source = metadata.local;
  } else if (!metadata.destination->is_multicast()) {
    settings.source = metadata.destination;
    // An address that is only valid on one link is useless as a source without that link.
    if (metadata.destination->is_link_local()) settings.interface = metadata.interface;
  }
  return settings;
}

}  // namespace patchbay
