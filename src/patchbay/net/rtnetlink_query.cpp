// What Rtnetlink tells of devices, routes and neighbours.
#include <linux/fib_rules.h>
#include <linux/if_arp.h>  // and with it linux/if.h: net/if.h would say the same again
#include <linux/if_link.h>
#include <linux/neighbour.h>

#include "patchbay/net/rtnetlink.hpp"
#include "patchbay/net/rtnetlink_message.hpp"

namespace patchbay {

namespace {

using Value = std::span<const std::byte>;

constexpr std::uint16_t k_list = NLM_F_REQUEST | NLM_F_DUMP;

std::string text_in(Value value) {
  const std::string text(reinterpret_cast<const char*>(value.data()), value.size());
  return text.substr(0, text.find('\0'));
}

// False: not of a link whose addresses have six bytes.
bool read_link_address(Value value, std::array<std::uint8_t, 6>& into) {
  if (value.size() != into.size()) return false;
  std::memcpy(into.data(), value.data(), into.size());
  return true;
}

std::optional<LinkDevice> read_device(Value body) {
  const auto parts = split_message<ifinfomsg>(body);
  if (!parts) return std::nullopt;
  const ifinfomsg& head = parts->first;
  LinkDevice device{.index = static_cast<std::uint32_t>(head.ifi_index),
                    .name = {},
                    .hardware = head.ifi_type,
                    .up = (head.ifi_flags & IFF_UP) != 0,
                    .loopback = (head.ifi_flags & IFF_LOOPBACK) != 0,
                    .asks = (head.ifi_flags & IFF_NOARP) == 0};
  for_each_attribute(parts->second, [&](unsigned type, Value value) {
    if (type == IFLA_IFNAME) device.name = text_in(value);
    if (type == IFLA_ADDRESS) read_link_address(value, device.address);
    if (type == IFLA_MTU) device.mtu_bytes = static_cast<int>(number_in<std::uint32_t>(value));
  });
  return device;
}

// Where an attribute says to what network a route or a rule applies; nothing where it is all.
std::optional<IpNetwork> read_target(Value attributes, unsigned wanted, unsigned prefix_length) {
  std::optional<IpNetwork> target;
  for_each_attribute(attributes, [&](unsigned type, Value value) {
    if (type != wanted) return;
    const auto address = address_in(value);
    if (!address || prefix_length > address_bits(address->family())) return;
    target = IpNetwork(*address, prefix_length);
  });
  return target;
}

RouteAnswer::Kind kind_of(unsigned char type) {
  switch (type) {
    case RTN_LOCAL: return RouteAnswer::Kind::here;
    case RTN_BROADCAST:
    case RTN_ANYCAST:
    case RTN_MULTICAST: return RouteAnswer::Kind::everybody;
    default: return RouteAnswer::Kind::remote;
  }
}

RouteAnswer read_route(const rtmsg& head, Value attributes) {
  RouteAnswer answer{.kind = kind_of(head.rtm_type)};
  for_each_attribute(attributes, [&](unsigned type, Value value) {
    if (type == RTA_OIF) answer.interface = number_in<std::uint32_t>(value);
    if (type == RTA_PREFSRC) answer.source = address_in(value);
    if (type == RTA_GATEWAY) answer.gateway = address_in(value);
    // A gateway of the other family: its family first.
    if (type == RTA_VIA && value.size() > sizeof(rtvia)) {
      answer.gateway = address_in(value.subspan(sizeof(rtvia)));
    }
  });
  return answer;
}

constexpr unsigned k_gone = NUD_INCOMPLETE | NUD_FAILED;
constexpr unsigned k_confirmed = NUD_PERMANENT | NUD_NOARP | NUD_REACHABLE | NUD_DELAY | NUD_PROBE;

std::optional<KnownNeighbour> read_neighbour(Value body) {
  const auto parts = split_message<ndmsg>(body);
  if (!parts || (parts->first.ndm_state & k_gone) != 0) return std::nullopt;
  KnownNeighbour known{.interface = static_cast<std::uint32_t>(parts->first.ndm_ifindex),
                       .confirmed = (parts->first.ndm_state & k_confirmed) != 0};
  bool has_address = false, has_link = false;
  for_each_attribute(parts->second, [&](unsigned type, Value value) {
    if (type == NDA_LLADDR) has_link = read_link_address(value, known.link);
    if (type != NDA_DST) return;
    const auto address = address_in(value);
    has_address = address.has_value();
    if (address) known.address = *address;
  });
  if (!has_address || !has_link) return std::nullopt;
  return known;
}

}  // namespace

bool LinkDevice::is_ethernet() const { return hardware == ARPHRD_ETHER; }

Result<std::vector<LinkDevice>> Rtnetlink::devices() {
  RtnetlinkMessage message(RTM_GETLINK, k_list, ifinfomsg{.ifi_family = AF_UNSPEC});
  std::vector<LinkDevice> all;
  const auto told =
      ask_for_all(message.bytes(), "list the network devices", [&](unsigned type, Value body) {
        if (type != RTM_NEWLINK) return;
        if (const auto one = read_device(body)) all.push_back(*one);
      });
  if (!told) return told.error();
  return all;
}

Result<> Rtnetlink::for_each_route(Family family,
                                   const std::function<void(const IpNetwork&)>& each) {
  const auto native = static_cast<std::uint8_t>(family == Family::v6 ? AF_INET6 : AF_INET);
  RtnetlinkMessage routes(RTM_GETROUTE, k_list, rtmsg{.rtm_family = native});
  const auto told = ask_for_all(routes.bytes(), "list the routes", [&](unsigned type, Value body) {
    const auto parts = split_message<rtmsg>(body);
    if (type != RTM_NEWROUTE || !parts) return;
    const auto to = read_target(parts->second, RTA_DST, parts->first.rtm_dst_len);
    if (to) each(*to);
  });
  if (!told) return told;
  RtnetlinkMessage rules(RTM_GETRULE, k_list, fib_rule_hdr{.family = native});
  const auto listed =
      ask_for_all(rules.bytes(), "list the routing rules", [&](unsigned type, Value body) {
        const auto parts = split_message<fib_rule_hdr>(body);
        if (type != RTM_NEWRULE || !parts) return;
        const auto to = read_target(parts->second, FRA_DST, parts->first.dst_len);
        if (to) each(*to);
      });
  // A kernel without policies has none.
  if (!listed && listed.error().code() == EOPNOTSUPP) return ok();
  return listed;
}

Result<RouteAnswer> Rtnetlink::route_to(const RouteQuestion& question) {
  constexpr const char* operation = "find a route to";
  const IpAddress& to = question.destination;
  const auto bits = static_cast<std::uint8_t>(address_bits(to.family()));
  RtnetlinkMessage message(RTM_GETROUTE, NLM_F_REQUEST,
                           rtmsg{.rtm_family = static_cast<std::uint8_t>(native_family(to)),
                                 .rtm_dst_len = bits,
                                 .rtm_src_len = question.source ? bits : std::uint8_t{0}});
  message.attribute(RTA_DST, to);
  if (question.source) message.attribute(RTA_SRC, *question.source);
  const std::uint32_t interface = question.interface != 0 ? question.interface : to.scope();
  if (interface != 0) message.attribute(RTA_OIF, interface);
  const auto answer = ask(message.bytes(), operation);
  if (!answer) return answer.error().about(to.to_string());
  const auto parts = split_message<rtmsg>(*answer);
  if (!parts) return Error(Fault::protocol, operation, "the kernel's answer is cut");
  return read_route(parts->first, parts->second);
}

Result<std::vector<KnownNeighbour>> Rtnetlink::neighbours() {
  RtnetlinkMessage message(RTM_GETNEIGH, k_list, ndmsg{.ndm_family = AF_UNSPEC});
  std::vector<KnownNeighbour> all;
  const auto told =
      ask_for_all(message.bytes(), "list the neighbours", [&](unsigned type, Value body) {
        if (type != RTM_NEWNEIGH) return;
        if (const auto one = read_neighbour(body)) all.push_back(*one);
      });
  if (!told) return told.error();
  return all;
}

}  // namespace patchbay
