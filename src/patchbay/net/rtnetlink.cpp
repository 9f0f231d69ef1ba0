#include "patchbay/net/rtnetlink.hpp"

#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <span>

namespace patchbay {

namespace {

constexpr const char* k_open = "open a netlink socket";
constexpr const char* k_set_up = "set up the device";
constexpr std::size_t k_answer_bytes = 32 * 1024;  // libnl's choice; one device takes about 2 KiB

using Bytes = std::vector<std::byte>;

// A netlink message under construction: header, the family's own header, attributes that may hold
// others. Everything is aligned to 4 bytes and in the byte order of this machine.
class Message {
 public:
  template <class Header>
  Message(std::uint16_t type, std::uint16_t flags, const Header& header) {
    const nlmsghdr first{.nlmsg_len = 0, .nlmsg_type = type, .nlmsg_flags = flags};
    put(&first, sizeof first);
    put(&header, sizeof header);
  }

  void attribute(std::uint16_t type, const void* value, std::size_t size) {
    const rtattr head{.rta_len = static_cast<unsigned short>(RTA_LENGTH(size)), .rta_type = type};
    put(&head, sizeof head);
    put(value, size);
  }
  void attribute(std::uint16_t type, std::uint32_t value) { attribute(type, &value, sizeof value); }
  void attribute(std::uint16_t type, const std::string& text) {
    attribute(type, text.c_str(), text.size() + 1);
  }
  void attribute(std::uint16_t type, const IpAddress& address) {
    attribute(type, address.bytes().data(), address.bytes().size());
  }

  // What is added until close() is inside.
  std::size_t open(std::uint16_t type) {
    const std::size_t place = bytes_.size();
    attribute(type, nullptr, 0);
    return place;
  }
  void close(std::size_t place) {
    const auto size = static_cast<unsigned short>(bytes_.size() - place);
    std::memcpy(bytes_.data() + place + offsetof(rtattr, rta_len), &size, sizeof size);
  }
  template <class Header>
  void header(const Header& header) {
    put(&header, sizeof header);
  }

  Bytes& bytes() { return bytes_; }

 private:
  void put(const void* from, std::size_t size) {
    const auto* const first = static_cast<const std::byte*>(from);
    bytes_.insert(bytes_.end(), first, first + size);
    bytes_.resize((bytes_.size() + 3) & ~std::size_t{3});
  }

  Bytes bytes_;
};

constexpr std::uint16_t k_change = NLM_F_REQUEST | NLM_F_ACK;
constexpr std::uint16_t k_create = k_change | NLM_F_CREATE | NLM_F_EXCL;

int family_of(const IpAddress& address) { return address.is_v4() ? AF_INET : AF_INET6; }

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

// Sends one message and returns the one that answers it: without its netlink header, and empty
// where the kernel only says that it is done.
Result<Bytes> Rtnetlink::ask(Bytes& message, const char* operation) {
  nlmsghdr head{};
  std::memcpy(&head, message.data(), sizeof head);
  head.nlmsg_len = static_cast<std::uint32_t>(message.size());
  head.nlmsg_seq = ++sequence_;
  std::memcpy(message.data(), &head, sizeof head);
  if (::send(socket_, message.data(), message.size(), 0) < 0) {
    return Error::from_errno(errno, operation);
  }
  Bytes answer(k_answer_bytes);
  for (;;) {
    const ssize_t count = ::recv(socket_, answer.data(), answer.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Error::from_errno(errno, operation);
    const auto size = static_cast<std::size_t>(count);
    if (size < sizeof head) continue;
    std::memcpy(&head, answer.data(), sizeof head);
    if (head.nlmsg_seq != sequence_ || head.nlmsg_len > size) continue;
    const auto body = std::span(answer).first(head.nlmsg_len).subspan(sizeof head);
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
  Message settled(RTM_NEWLINK, k_change,
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
  Message up(RTM_NEWLINK, k_change,
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
  Message message(RTM_NEWADDR, k_create,
                  ifaddrmsg{.ifa_family = static_cast<std::uint8_t>(family_of(ip)),
                            .ifa_prefixlen = static_cast<std::uint8_t>(address.prefix_length),
                            .ifa_flags = ip.is_v6() ? k_no_duplicate_detection : std::uint8_t{0},
                            .ifa_scope = RT_SCOPE_UNIVERSE,
                            .ifa_index = *index});
  message.attribute(IFA_LOCAL, ip);
  message.attribute(IFA_ADDRESS, ip);
  return tell(message.bytes(), "add the address", ip.to_string());
}

Result<> Rtnetlink::add_route(const InterfaceAddress& target, const IpAddress& gateway) {
  Message message(RTM_NEWROUTE, k_create,
                  rtmsg{.rtm_family = static_cast<std::uint8_t>(family_of(gateway)),
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
  Message message(RTM_NEWLINK, k_create, ifinfomsg{.ifi_family = AF_UNSPEC});
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
  Message message(RTM_GETLINK, NLM_F_REQUEST,
                  ifinfomsg{.ifi_family = AF_UNSPEC, .ifi_index = static_cast<int>(*index)});
  const auto answer = ask(message.bytes(), operation);
  if (!answer) return answer.error().about(device);
  std::span<const std::byte> rest(*answer);
  rest = rest.subspan(std::min(rest.size(), sizeof(ifinfomsg)));
  rtattr head{};
  while (rest.size() >= sizeof head) {
    std::memcpy(&head, rest.data(), sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > rest.size()) break;
    const auto value = rest.first(head.rta_len).subspan(sizeof head);
    rtnl_link_stats64 stats{};
    // Newer kernels append to it, older ones know less of it.
    if (head.rta_type == IFLA_STATS64) {
      std::memcpy(&stats, value.data(), std::min(value.size(), sizeof stats));
      return LinkCounters{.received_packets = stats.rx_packets,
                          .sent_packets = stats.tx_packets,
                          .dropped_packets = stats.tx_dropped};
    }
    rest = rest.subspan(std::min<std::size_t>(rest.size(), (head.rta_len + 3U) & ~3U));
  }
  return Error(Fault::protocol, operation, "the kernel's answer has none").about(device);
}

}  // namespace patchbay
