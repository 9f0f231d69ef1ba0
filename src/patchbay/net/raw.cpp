#include "patchbay/net/raw.hpp"

#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/options.hpp"
#include "patchbay/net/packet_filter.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_ip_header_bytes = 20;  // at least

}  // namespace

Result<RawSocket> RawSocket::open(Family family, int protocol, const RawOptions& options) {
  Engine& engine = Loop::current().engine();
  const auto handle = engine.open({family == Family::v6 ? AF_INET6 : AF_INET, SOCK_RAW, protocol});
  if (!handle) {
    if (handle.error().fault() != Fault::permission) return handle.error();
    return Error::from_errno(handle.error().code(), "open a raw IP socket")
        .because("that takes the capability CAP_NET_RAW")
        .advising("run it as root, or grant the capability: `patchbay doctor` says how");
  }
  RawSocket socket(engine, *handle, family);
  if (const auto prepared = socket.prepare(options); !prepared) return prepared.error();
  return socket;
}

// The filter first: every packet that comes before it is one too many.
Result<> RawSocket::prepare(const RawOptions& options) {
  Result<> done;
  if (!options.filter.empty()) done = attach_filter(port(), handle(), options.filter);
  const bool v6 = family_ == Family::v6;
  if (done && options.with_header) {
    done = set_option(port(), handle(), v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                      v6 ? IPV6_HDRINCL : IP_HDRINCL, 1);
  }
  if (done && options.broadcast) done = set_option(port(), handle(), SOL_SOCKET, SO_BROADCAST, 1);
  if (done && v6 && options.checksum_offset_bytes) {
    done =
        set_option(port(), handle(), IPPROTO_IPV6, IPV6_CHECKSUM, *options.checksum_offset_bytes);
  }
  if (done) done = set(options.ip);
  return done;
}

Result<> RawSocket::bind(const IpAddress& local) {
  const Endpoint endpoint(local, 0);
  return Loop::current().engine().bind(handle(), endpoint.native(), endpoint.native_size());
}

// Both filters say what to block: a bit set keeps a type away.
Result<> RawSocket::hear_only(std::span<const std::uint8_t> icmp_types) {
  if (family_ == Family::v6) {
    icmp6_filter blocked;
    ICMP6_FILTER_SETBLOCKALL(&blocked);
    for (const std::uint8_t type : icmp_types) ICMP6_FILTER_SETPASS(type, &blocked);
    return port().set_option(handle(), IPPROTO_ICMPV6, ICMP6_FILTER, &blocked, sizeof blocked);
  }
  // IPv4's has 32 bits: the kernel lets every higher type pass (net/ipv4/raw.c).
  icmp_filter blocked{.data = ~std::uint32_t{0}};
  for (const std::uint8_t type : icmp_types) {
    if (type < 32) blocked.data &= ~(std::uint32_t{1} << type);
  }
  return port().set_option(handle(), SOL_RAW, ICMP_FILTER, &blocked, sizeof blocked);
}

std::span<const std::byte> RawSocket::payload_of(std::span<const std::byte> received) const {
  if (family_ == Family::v6) return received;
  if (received.size() < k_ip_header_bytes) return {};
  const std::size_t header = (std::to_integer<std::size_t>(received[0]) & 0x0f) * 4;
  if (header < k_ip_header_bytes || header > received.size()) return {};
  return received.subspan(header);
}

}  // namespace patchbay
