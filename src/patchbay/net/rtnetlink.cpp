#include "patchbay/net/rtnetlink.hpp"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <span>

#include "patchbay/net/rtnetlink_message.hpp"

namespace patchbay {

namespace {

constexpr const char* k_open = "open a netlink socket";
constexpr const char* k_set_up = "set up the device";
constexpr std::size_t k_answer_bytes = 32 * 1024;  // libnl's choice; one device takes about 2 KiB

constexpr std::uint16_t k_change = NLM_F_REQUEST | NLM_F_ACK;
constexpr std::uint16_t k_create = k_change | NLM_F_CREATE | NLM_F_EXCL;

Result<unsigned> index_of(const std::string& device) {
  const unsigned index = ::if_nametoindex(device.c_str());
  if (index != 0) return index;
  return Error::from_errno(errno, "find the device").about(device);
}

// RFC 4862 section 5.4: asking whether somebody has the address takes a second, and on a link with
// two ends, both of which are ours, nobody has.
constexpr std::uint8_t k_no_duplicate_detection = IFA_F_NODAD;

}  // namespace

Result<Rtnetlink> Rtnetlink::open() {
  const int opened = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (opened < 0) return Error::from_errno(errno, k_open);
  return Rtnetlink(opened);
}

Rtnetlink::~Rtnetlink() {
  if (socket_ >= 0) ::close(socket_);
}

Result<> Rtnetlink::send(Bytes& message, const char* operation) {
  nlmsghdr head{};
  std::memcpy(&head, message.data(), sizeof head);
  head.nlmsg_len = static_cast<std::uint32_t>(message.size());
  head.nlmsg_seq = ++sequence_;
  std::memcpy(message.data(), &head, sizeof head);
  if (::send(socket_, message.data(), message.size(), 0) >= 0) return ok();
  return Error::from_errno(errno, operation);
}

Result<std::span<const std::byte>> Rtnetlink::receive(Bytes& into, const char* operation) {
  for (;;) {
    const ssize_t count = ::recv(socket_, into.data(), into.size(), 0);
    if (count >= 0) return std::span<const std::byte>(into).first(static_cast<std::size_t>(count));
    if (errno != EINTR) return Error::from_errno(errno, operation);
  }
}

// A list: many messages, some at a time, until one says that it was the last.
Result<> Rtnetlink::ask_for_all(Bytes& message, const char* operation, const EachMessage& each) {
  if (const auto sent = send(message, operation); !sent) return sent.error();
  Bytes answer(k_answer_bytes);
  for (;;) {
    const auto got = receive(answer, operation);
    if (!got) return got.error();
    std::span<const std::byte> rest = *got;
    nlmsghdr head{};
    while (rest.size() >= sizeof head) {
      std::memcpy(&head, rest.data(), sizeof head);
      if (head.nlmsg_len < sizeof head || head.nlmsg_len > rest.size()) break;
      const auto body = rest.first(head.nlmsg_len).subspan(sizeof head);
      rest = rest.subspan(std::min<std::size_t>(rest.size(), NLMSG_ALIGN(head.nlmsg_len)));
      if (head.nlmsg_seq != sequence_) continue;
      if (head.nlmsg_type == NLMSG_DONE) return ok();
      if (head.nlmsg_type == NLMSG_ERROR) {
        return Error::from_errno(-number_in<int>(body), operation);
      }
      each(head.nlmsg_type, body);
    }
  }
}

// Sends one message and returns the one that answers it: without its netlink header, and empty
// where the kernel only says that it is done.
Result<Rtnetlink::Bytes> Rtnetlink::ask(Bytes& message, const char* operation) {
  if (const auto sent = send(message, operation); !sent) return sent.error();
  Bytes answer(k_answer_bytes);
  for (;;) {
    const auto got = receive(answer, operation);
    if (!got) return got.error();
    nlmsghdr head{};
    if (got->size() < sizeof head) continue;
    std::memcpy(&head, got->data(), sizeof head);
    if (head.nlmsg_seq != sequence_ || head.nlmsg_len > got->size()) continue;
    if (head.nlmsg_len < sizeof head) continue;
    const auto body = got->first(head.nlmsg_len).subspan(sizeof head);
    if (head.nlmsg_type != NLMSG_ERROR) return Bytes(body.begin(), body.end());
    int code = 0;
    if (body.size() >= sizeof code) std::memcpy(&code, body.data(), sizeof code);
    if (code == 0) return Bytes();
    return Error::from_errno(-code, operation);
  }
}

Result<> Rtnetlink::tell(Bytes& message, const char* operation, std::string_view subject) {
  const auto done = ask(message, operation);
  if (done) return ok();
  const Error error = done.error().about(subject);
  if (error.code() != EPERM) return error;
  return error.because("the right to do it is missing (CAP_NET_ADMIN)")
      .advising("run it as root: sudo patchbay …");
}

Result<> Rtnetlink::set_up(const std::string& device, const LinkSettings& settings) {
  const auto index = index_of(device);
  if (!index) return index.error();
  RtnetlinkMessage settled(
      RTM_NEWLINK, k_change,
      ifinfomsg{.ifi_family = AF_UNSPEC, .ifi_index = static_cast<int>(*index)});
  if (settings.mtu_bytes > 0) {
    settled.attribute(IFLA_MTU, static_cast<std::uint32_t>(settings.mtu_bytes));
  }
  if (settings.queue_packets > 0) {
    settled.attribute(IFLA_TXQLEN, static_cast<std::uint32_t>(settings.queue_packets));
  }
  if (!settings.link_local) {
    const std::size_t by_family = settled.open(IFLA_AF_SPEC);
    const std::size_t v6 = settled.open(AF_INET6);
    const std::uint8_t none = IN6_ADDR_GEN_MODE_NONE;
    settled.attribute(IFLA_INET6_ADDR_GEN_MODE, &none, sizeof none);
    settled.close(v6);
    settled.close(by_family);
  }
  const auto done = tell(settled.bytes(), k_set_up, device);
  // A kernel without IPv6 knows nothing of its settings, and needs none of them.
  if (!done && done.error().code() != EAFNOSUPPORT) return done;
  // Up only then: the first thing that a device does is to make itself a link-local address.
  RtnetlinkMessage up(RTM_NEWLINK, k_change,
                      ifinfomsg{.ifi_family = AF_UNSPEC,
                                .ifi_index = static_cast<int>(*index),
                                .ifi_flags = IFF_UP,
                                .ifi_change = IFF_UP});
  return tell(up.bytes(), k_set_up, device);
}

Result<> Rtnetlink::add_address(const std::string& device, const InterfaceAddress& address) {
  const auto index = index_of(device);
  if (!index) return index.error();
  const IpAddress& ip = address.address;
  RtnetlinkMessage message(
      RTM_NEWADDR, k_create,
      ifaddrmsg{.ifa_family = static_cast<std::uint8_t>(native_family(ip)),
                .ifa_prefixlen = static_cast<std::uint8_t>(address.prefix_length),
                .ifa_flags = ip.is_v6() ? k_no_duplicate_detection : std::uint8_t{0},
                .ifa_scope = RT_SCOPE_UNIVERSE,
                .ifa_index = *index});
  message.attribute(IFA_LOCAL, ip);
  message.attribute(IFA_ADDRESS, ip);
  return tell(message.bytes(), "add the address", ip.to_string());
}

Result<> Rtnetlink::add_route(const InterfaceAddress& target, const IpAddress& gateway) {
  RtnetlinkMessage message(RTM_NEWROUTE, k_create,
                           rtmsg{.rtm_family = static_cast<std::uint8_t>(native_family(gateway)),
                                 .rtm_dst_len = static_cast<std::uint8_t>(target.prefix_length),
                                 .rtm_table = RT_TABLE_MAIN,
                                 .rtm_protocol = RTPROT_STATIC,
                                 .rtm_scope = RT_SCOPE_UNIVERSE,
                                 .rtm_type = RTN_UNICAST});
  message.attribute(RTA_DST, target.address);
  message.attribute(RTA_GATEWAY, gateway);
  return tell(message.bytes(), "add the route to", target.address.to_string());
}

Result<> Rtnetlink::add_veth(const std::string& device, const std::string& peer,
                             const NetworkNamespace& peer_namespace) {
  RtnetlinkMessage message(RTM_NEWLINK, k_create, ifinfomsg{.ifi_family = AF_UNSPEC});
  message.attribute(IFLA_IFNAME, device);
  const std::size_t info = message.open(IFLA_LINKINFO);
  message.attribute(IFLA_INFO_KIND, std::string("veth"));
  const std::size_t data = message.open(IFLA_INFO_DATA);
  const std::size_t other_end = message.open(VETH_INFO_PEER);
  message.header(ifinfomsg{.ifi_family = AF_UNSPEC});
  message.attribute(IFLA_IFNAME, peer);
  message.attribute(IFLA_NET_NS_FD, static_cast<std::uint32_t>(peer_namespace.descriptor()));
  message.close(other_end);
  message.close(data);
  message.close(info);
  return tell(message.bytes(), "make the cable", device);
}

Result<LinkCounters> Rtnetlink::counters(const std::string& device) {
  constexpr const char* operation = "read the counters of";
  const auto index = index_of(device);
  if (!index) return index.error();
  RtnetlinkMessage message(
      RTM_GETLINK, NLM_F_REQUEST,
      ifinfomsg{.ifi_family = AF_UNSPEC, .ifi_index = static_cast<int>(*index)});
  const auto answer = ask(message.bytes(), operation);
  if (!answer) return answer.error().about(device);
  const auto parts = split_message<ifinfomsg>(*answer);
  std::optional<LinkCounters> counted;
  if (parts) {
    for_each_attribute(parts->second, [&](unsigned type, std::span<const std::byte> value) {
      // Newer kernels append to it, older ones know less of it.
      if (type != IFLA_STATS64) return;
      const auto stats = number_in<rtnl_link_stats64>(value);
      counted = LinkCounters{.received_packets = stats.rx_packets,
                             .sent_packets = stats.tx_packets,
                             .dropped_packets = stats.tx_dropped};
    });
  }
  if (counted) return *counted;
  return Error(Fault::protocol, operation, "the kernel's answer has none").about(device);
}

}  // namespace patchbay
