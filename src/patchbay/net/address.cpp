#include "patchbay/net/address.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <net/if.h>
#include <sys/un.h>

#include <charconv>
#include <cstddef>
#include <cstring>

namespace patchbay {

namespace {

Error bad_text(const char* operation, std::string_view text, const char* reason,
               const char* remedy) {
  return Error(Fault::protocol, operation, reason, remedy).about(text);
}

// An interface by name or number; 0 where there is none of that name.
std::uint32_t parse_scope(std::string_view text) {
  std::uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault == std::errc() && end == text.data() + text.size()) return number;
  if (text.contains(':')) return 0;  // the kernel would take "lo:80" for an alias of lo
  return ::if_nametoindex(std::string(text).c_str());
}

}  // namespace

IpAddress::IpAddress(in_addr v4) : family_(Family::v4) {
  std::memcpy(bytes_.data(), &v4, sizeof v4);
}

IpAddress::IpAddress(const in6_addr& v6, std::uint32_t scope) : family_(Family::v6), scope_(scope) {
  std::memcpy(bytes_.data(), &v6, sizeof v6);
}

IpAddress IpAddress::any(Family family) {
  return family == Family::v6 ? IpAddress(in6addr_any) : IpAddress();
}

IpAddress IpAddress::loopback(Family family) {
  return family == Family::v6 ? IpAddress(in6addr_loopback)
                              : IpAddress(in_addr{htonl(INADDR_LOOPBACK)});
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const char* const operation = "use the address";
  const char* const reason = "it is neither an IPv4 nor an IPv6 address";
  const char* const remedy = "write it as 192.0.2.1, 2001:db8::1 or fe80::1%eth0";
  // The system's functions would stop there and not see what follows.
  if (text.find('\0') != text.npos) return bad_text(operation, text, reason, remedy);
  std::string_view bare = text;
  const bool bracketed = bare.starts_with('[') && bare.ends_with(']');
  if (bracketed) bare = bare.substr(1, bare.size() - 2);

  const std::size_t percent = bare.find('%');
  const std::string digits(bare.substr(0, percent));
  in6_addr v6{};
  if (::inet_pton(AF_INET6, digits.c_str(), &v6) == 1) {
    if (percent == std::string_view::npos) return IpAddress(v6);
    const std::uint32_t scope = parse_scope(bare.substr(percent + 1));
    if (scope != 0) return IpAddress(v6, scope);
    return bad_text(operation, text, "this host has no interface of that name",
                    "list the interfaces with: ip link");
  }
  in_addr v4{};
  if (!bracketed && ::inet_pton(AF_INET, std::string(bare).c_str(), &v4) == 1) return IpAddress(v4);
  return bad_text(operation, text, reason, remedy);
}

bool IpAddress::is_any() const { return bytes_ == std::array<std::uint8_t, 16>{}; }

bool IpAddress::is_loopback() const {
  if (is_v4()) return bytes_[0] == 127;
  const in6_addr address = v6();
  return IN6_IS_ADDR_LOOPBACK(&address);
}

bool IpAddress::is_multicast() const {
  return is_v4() ? (bytes_[0] & 0xf0) == 0xe0 : bytes_[0] == 0xff;
}

bool IpAddress::is_link_local() const {
  if (is_v4()) return bytes_[0] == 169 && bytes_[1] == 254;
  return bytes_[0] == 0xfe && (bytes_[1] & 0xc0) == 0x80;
}

in_addr IpAddress::v4() const {
  in_addr address{};
  std::memcpy(&address, bytes_.data(), sizeof address);
  return address;
}

in6_addr IpAddress::v6() const {
  in6_addr address{};
  std::memcpy(&address, bytes_.data(), sizeof address);
  return address;
}

std::span<const std::uint8_t> IpAddress::bytes() const {
  return std::span(bytes_).first(is_v4() ? 4 : 16);
}

std::string IpAddress::to_string() const {
  char text[INET6_ADDRSTRLEN];
  ::inet_ntop(is_v4() ? AF_INET : AF_INET6, bytes_.data(), text, sizeof text);
  if (scope_ == 0) return text;
  char name[IF_NAMESIZE];
  if (::if_indextoname(scope_, name) != nullptr) return fmt::format("{}%{}", text, name);
  return fmt::format("{}%{}", text, scope_);
}

Endpoint::Endpoint(const IpAddress& address, std::uint16_t port) {
  std::memset(&native_, 0, sizeof native_);
  if (address.is_v4()) {
    native_.v4.sin_family = AF_INET;
    native_.v4.sin_port = htons(port);
    native_.v4.sin_addr = address.v4();
  } else {
    native_.v6.sin6_family = AF_INET6;
    native_.v6.sin6_port = htons(port);
    native_.v6.sin6_addr = address.v6();
    native_.v6.sin6_scope_id = address.scope();
  }
}

Endpoint::Endpoint(const sockaddr* native) : Endpoint() {
  if (native->sa_family == AF_INET) std::memcpy(&native_.v4, native, sizeof native_.v4);
  if (native->sa_family == AF_INET6) std::memcpy(&native_.v6, native, sizeof native_.v6);
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto parts = HostPort::parse(text);
  if (!parts) return parts.error();
  const auto address = IpAddress::parse(parts->host);
  if (!address) return address.error();
  return Endpoint(*address, parts->port);
}

IpAddress Endpoint::address() const {
  if (family() == Family::v6) return IpAddress(native_.v6.sin6_addr, native_.v6.sin6_scope_id);
  return IpAddress(native_.v4.sin_addr);
}

std::uint16_t Endpoint::port() const {
  return ntohs(family() == Family::v6 ? native_.v6.sin6_port : native_.v4.sin_port);
}

socklen_t Endpoint::native_size() const {
  return family() == Family::v6 ? sizeof native_.v6 : sizeof native_.v4;
}

std::string Endpoint::to_string() const {
  const char* const form = family() == Family::v6 ? "[{}]:{}" : "{}:{}";
  return fmt::format(fmt::runtime(form), address().to_string(), port());
}

std::string describe_native(const sockaddr* native, std::size_t size) {
  if (native->sa_family != AF_UNIX) return Endpoint(native).to_string();
  constexpr std::size_t path_at = offsetof(sockaddr_un, sun_path);
  if (size <= path_at) return "an unnamed socket";
  const char* const path = reinterpret_cast<const sockaddr_un*>(native)->sun_path;
  if (*path == 0) return "@" + std::string(path + 1, size - path_at - 1);
  return {path, ::strnlen(path, size - path_at)};
}

bool operator==(const Endpoint& a, const Endpoint& b) {
  return a.port() == b.port() && a.address() == b.address();
}

std::strong_ordering operator<=>(const Endpoint& a, const Endpoint& b) {
  const auto by_address = a.address() <=> b.address();
  return by_address != 0 ? by_address : a.port() <=> b.port();
}

Result<std::uint16_t> parse_port(std::string_view text) {
  std::uint32_t port = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (fault == std::errc() && end == text.data() + text.size() && port <= 65535) {
    return static_cast<std::uint16_t>(port);
  }
  return bad_text("use the port", text, "a port is a number from 0 to 65535",
                  "write it as in 192.0.2.1:8080 or [2001:db8::1]:8080");
}

Result<HostPort> HostPort::parse(std::string_view text) { return parse(text, {}); }

Result<HostPort> HostPort::parse(std::string_view text, const HostPort& defaults) {
  const char* const operation = "use the address";
  HostPort parts = defaults;
  std::string_view port;
  const bool all_digits = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  if (text.starts_with('[')) {
    const std::size_t bracket = text.find(']');
    if (bracket == text.npos) {
      return bad_text(operation, text, "the bracket is not closed", "write it as [2001:db8::1]:80");
    }
    parts.host = text.substr(1, bracket - 1);
    if (parts.host.find(':') == parts.host.npos) {
      return bad_text(operation, text, "only an IPv6 address stands in brackets",
                      "write it as [2001:db8::1]:80, and names and IPv4 addresses without");
    }
    const std::string_view rest = text.substr(bracket + 1);
    if (!rest.empty() && !rest.starts_with(':')) {
      return bad_text(operation, text, "something other than a port follows the bracket",
                      "write it as [2001:db8::1]:80");
    }
    if (!rest.empty()) port = rest.substr(1);
    if (!rest.empty() && port.empty()) return parse_port(port).error();
  } else if (all_digits) {
    port = text;
  } else if (const std::size_t colon = text.find(':'); colon == text.rfind(':')) {
    if (colon != 0 && !text.empty()) parts.host = text.substr(0, colon);
    if (colon != text.npos) {
      port = text.substr(colon + 1);
      if (port.empty()) return parse_port(port).error();
    }
  } else {
    // More than one colon and no brackets: an IPv6 address by itself.
    const auto address = IpAddress::parse(text);
    if (!address && IpAddress::parse(text.substr(0, text.rfind(':')))) {
      return bad_text(operation, text, "an IPv6 address with a port needs brackets",
                      "write it as [2001:db8::1]:80");
    }
    if (!address) return address.error();
    parts.host = text;
  }
  if (!port.empty()) {
    const auto number = parse_port(port);
    if (!number) return number.error();
    parts.port = *number;
  } else if (defaults.port == 0) {
    return bad_text(operation, text, "the port is missing",
                    "write it as 192.0.2.1:8080 or [2001:db8::1]:8080");
  }
  if (parts.host.empty()) {
    return bad_text(operation, text, "the host is missing", "write it as 192.0.2.1:8080");
  }
  return parts;
}

std::string HostPort::to_string() const {
  const bool v6 = host.find(':') != std::string::npos;
  return v6 ? fmt::format("[{}]:{}", host, port) : fmt::format("{}:{}", host, port);
}

}  // namespace patchbay
