#include "patchbay/tools/lab/link_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr const char* k_parse = "use the network";
constexpr const char* k_how = "write it as 192.0.2.0/30 or fd00:1::/64";

InterfaceAddress v4(unsigned number, unsigned host) {
  const std::uint32_t address = (198U << 24) | (18U << 16) | (number << 8) | host;
  return {IpAddress(in_addr{htonl(address)}), 30};
}

InterfaceAddress v6(unsigned number, std::uint8_t host) {
  // "patch" in the forty bits that RFC 4193 leaves to chance.
  in6_addr address{{{0xfd, 'p', 'a', 't', 'c', 'h'}}};
  address.s6_addr[6] = static_cast<std::uint8_t>(number >> 8);
  address.s6_addr[7] = static_cast<std::uint8_t>(number);
  address.s6_addr[15] = host;
  return {IpAddress(address), 64};
}

bool same_prefix(const IpAddress& a, const IpAddress& b, int bits) {
  const auto x = a.bytes(), y = b.bytes();
  for (std::size_t i = 0; bits > 0; ++i, bits -= 8) {
    const int kept = std::min(bits, 8);
    const auto mask = static_cast<std::uint8_t>(0xff << (8 - kept));
    if (((x[i] ^ y[i]) & mask) != 0) return false;
  }
  return true;
}

bool overlap(const InterfaceAddress& a, const InterfaceAddress& b) {
  return a.address.family() == b.address.family() &&
         same_prefix(a.address, b.address, std::min(a.prefix_length, b.prefix_length));
}

IpAddress with_host(const IpAddress& network, std::uint8_t host) {
  if (network.is_v4()) {
    in_addr address = network.v4();
    address.s_addr |= htonl(host);
    return IpAddress(address);
  }
  in6_addr address = network.v6();
  address.s6_addr[15] |= host;
  return IpAddress(address);
}

bool has_host_bits(const InterfaceAddress& network) {
  const auto bytes = network.address.bytes();
  for (int bit = network.prefix_length; bit < static_cast<int>(bytes.size()) * 8; ++bit) {
    if ((bytes[static_cast<std::size_t>(bit) / 8] & (0x80 >> (bit % 8))) != 0) return true;
  }
  return false;
}

// Hosts drop packets from such addresses, or would look for them elsewhere: this network and
// loopback (RFC 6890), multicast, and IPv6's link-local, which every device has.
bool is_of_no_host(const IpAddress& address) {
  const auto bytes = address.bytes();
  if (address.is_v4()) return bytes[0] == 0 || bytes[0] == 127 || bytes[0] >= 224;
  const bool is_low = std::ranges::all_of(bytes.first(8), [](auto byte) { return byte == 0; });
  return is_low || bytes[0] == 0xff || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80);
}

}  // namespace

LinkNetwork link_network(unsigned number) {
  return {.left = {v4(number, 1), v6(number, 1)}, .right = {v4(number, 2), v6(number, 2)}};
}

LinkNetwork fitting(LinkNetwork network, int mtu_bytes) {
  if (mtu_bytes >= k_least_mtu_of_v6) return network;
  const auto is_v6 = [](const InterfaceAddress& address) { return address.address.is_v6(); };
  std::erase_if(network.left, is_v6);
  std::erase_if(network.right, is_v6);
  return network;
}

Result<LinkNetwork> parse_network(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto refuse = [&](Fault fault, const char* why) {
    return Error(fault, k_parse, why, k_how).about(text);
  };
  if (slash == std::string_view::npos) return refuse(Fault::protocol, "it has no prefix length");
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return refuse(Fault::protocol, "what stands before the / is no address");
  const std::string_view digits = text.substr(slash + 1);
  const int most = address->is_v4() ? 31 : 127;
  int length = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (fault != std::errc() || end != digits.data() + digits.size() || length < 1) {
    return refuse(Fault::protocol, "what stands behind the / is no prefix length");
  }
  if (length > most) return refuse(Fault::limit, "a link has two ends, and so many addresses");
  const InterfaceAddress network{*address, length};
  if (has_host_bits(network)) {
    return refuse(Fault::protocol,
                  "it is the address of one host: the bits behind the prefix are "
                  "not zero");
  }
  if (is_of_no_host(*address)) {
    return refuse(Fault::limit, "its addresses are not for hosts: loopback, multicast or such");
  }
  const std::uint8_t first = length == most ? 0 : 1;
  return LinkNetwork{.left = {{with_host(*address, first), length}},
                     .right = {{with_host(*address, first + 1), length}}};
}

std::optional<InterfaceAddress> in_the_way(const LinkNetwork& network,
                                           const std::vector<Interface>& interfaces) {
  for (const Interface& interface : interfaces) {
    for (const InterfaceAddress& taken : interface.addresses) {
      for (const InterfaceAddress& wanted : network.left) {
        if (overlap(taken, wanted)) return taken;
      }
    }
  }
  return std::nullopt;
}

std::optional<unsigned> free_number(const std::vector<Interface>& left,
                                    const std::vector<Interface>& right) {
  for (unsigned number = 0; number < k_link_numbers; ++number) {
    const LinkNetwork network = link_network(number);
    if (!in_the_way(network, left) && !in_the_way(network, right)) return number;
  }
  return std::nullopt;
}

std::string free_device(const std::vector<Interface>& interfaces) {
  for (unsigned number = 0;; ++number) {
    const std::string name = fmt::format("lab{}", number);
    if (std::ranges::find(interfaces, name, &Interface::name) == interfaces.end()) return name;
  }
}

Result<std::vector<Interface>> interfaces_of(const NetworkNamespace& where) {
  std::vector<Interface> found;
  const auto done = where.run_inside([&]() -> Result<> {
    auto loop = Loop::make();
    if (!loop) return loop.error();
    auto listed = (*loop)->engine().interfaces();
    if (!listed) return listed.error();
    found = std::move(*listed);
    return ok();
  });
  if (!done) return done.error();
  return found;
}

}  // namespace patchbay
