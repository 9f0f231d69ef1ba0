// Addresses: an IP address, an endpoint (address and port), and a host with a port still to
// resolve.
#pragma once

#include <netinet/in.h>

#include <array>
#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"

namespace patchbay {

enum class Family : std::uint8_t { any, v4, v6 };

// An IPv4 or IPv6 address; link-local IPv6 carries the scope (interface index) it is valid on.
class IpAddress {
 public:
  IpAddress() = default;  // 0.0.0.0
  explicit IpAddress(in_addr v4);
  explicit IpAddress(const in6_addr& v6, std::uint32_t scope = 0);

  static IpAddress any(Family family);
  static IpAddress loopback(Family family);

  // "192.0.2.1", "2001:db8::1", "fe80::1%eth0", "fe80::1%2", with or without brackets. Nothing
  // else: no short IPv4 forms ("10.1"), no leading zeros, no names.
  static Result<IpAddress> parse(std::string_view text);

  Family family() const { return family_; }
  bool is_v4() const { return family_ == Family::v4; }
  bool is_v6() const { return family_ == Family::v6; }
  bool is_any() const;
  bool is_loopback() const;
  bool is_multicast() const;
  bool is_link_local() const;
  std::uint32_t scope() const { return scope_; }

  in_addr v4() const;
  in6_addr v6() const;
  std::span<const std::uint8_t> bytes() const;  // 4 or 16, network order

  std::string to_string() const;  // RFC 5952; the scope by interface name where it has one

  friend bool operator==(const IpAddress&, const IpAddress&) = default;
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;

 private:
  Family family_ = Family::v4;
  std::uint32_t scope_ = 0;
  std::array<std::uint8_t, 16> bytes_{};
};

// An address and a port, kept as the kernel wants it.
class Endpoint {
 public:
  Endpoint() : Endpoint(IpAddress(), 0) {}
  Endpoint(const IpAddress& address, std::uint16_t port);
  // From what the kernel wrote. Anything but AF_INET and AF_INET6 becomes 0.0.0.0:0.
  explicit Endpoint(const sockaddr* native);

  // "192.0.2.1:80", "[2001:db8::1]:80", "[fe80::1%eth0]:80".
  static Result<Endpoint> parse(std::string_view text);

  IpAddress address() const;
  std::uint16_t port() const;
  Family family() const { return native_.any.sa_family == AF_INET6 ? Family::v6 : Family::v4; }

  // For a system call, in both directions.
  const sockaddr* native() const { return &native_.any; }
  sockaddr* native() { return &native_.any; }
  socklen_t native_size() const;
  static constexpr socklen_t k_native_capacity = sizeof(sockaddr_in6);

  std::string to_string() const;

  friend bool operator==(const Endpoint& a, const Endpoint& b);
  friend std::strong_ordering operator<=>(const Endpoint& a, const Endpoint& b);

 private:
  union {
    sockaddr any;
    sockaddr_in v4;
    sockaddr_in6 v6;
  } native_;
};

// An address as the kernel has it, for people: an endpoint, or the path of a Unix socket ("@name"
// for an abstract one).
std::string describe_native(const sockaddr* native, std::size_t size);

// What a user writes: a name or an address, and a port.
struct HostPort {
  std::string host;
  std::uint16_t port = 0;

  // "host:80", "192.0.2.1:80", "[::1]:80", ":80", "80", "::1" (all of it the host). A part that is
  // missing comes from `defaults`; a host or a port that neither has is an error. Ports are
  // 0..65535.
  static Result<HostPort> parse(std::string_view text);
  static Result<HostPort> parse(std::string_view text, const HostPort& defaults);

  std::string to_string() const;  // brackets around IPv6
};

Result<std::uint16_t> parse_port(std::string_view text);

}  // namespace patchbay
