#include "patchbay/net/ip_network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>

namespace patchbay {

namespace {

constexpr const char* k_read_network = "use the network";
constexpr const char* k_read_range = "use the range";

Error bad(const char* operation, std::string_view text, const char* why, const char* remedy) {
  return Error(Fault::protocol, operation, why, remedy).about(text);
}

std::optional<unsigned> parse_unsigned(std::string_view text, unsigned most) {
  unsigned value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, fault] = std::from_chars(text.data(), end, value);
  if (fault != std::errc() || stop != end || value > most) return std::nullopt;
  if (text.size() > 1 && text.front() == '0') return std::nullopt;
  return value;
}

IpNumber mask_of(Family family, unsigned prefix_length) {
  const unsigned host_bits = address_bits(family) - prefix_length;
  if (host_bits == 128) return 0;
  return last_number(family) & ~((IpNumber{1} << host_bits) - 1);
}

// "24", or for IPv4 "255.255.255.0".
std::optional<unsigned> parse_prefix_length(std::string_view text, Family family) {
  if (const auto length = parse_unsigned(text, address_bits(family))) return length;
  if (family != Family::v4 || !text.contains('.')) return std::nullopt;
  const auto mask = IpAddress::parse(text);
  if (!mask || !mask->is_v4()) return std::nullopt;
  const auto bits = static_cast<std::uint32_t>(number_of(*mask));
  const auto length = static_cast<unsigned>(std::countl_one(bits));
  if (number_of(*mask) != mask_of(Family::v4, length)) return std::nullopt;
  return length;
}

unsigned trailing_zeros(IpNumber number) {
  const auto low = static_cast<std::uint64_t>(number);
  if (low != 0) return static_cast<unsigned>(std::countr_zero(low));
  return 64 + static_cast<unsigned>(std::countr_zero(static_cast<std::uint64_t>(number >> 64)));
}

// The "40" of "192.0.2.10-40" takes the place of the last number.
Result<IpAddress> parse_last(std::string_view text, const IpAddress& first, std::string_view all) {
  const auto low = first.is_v4() ? parse_unsigned(text, 255) : std::nullopt;
  if (low) return address_of((number_of(first) & ~IpNumber{255}) | *low, Family::v4);
  const auto whole = IpAddress::parse(text);
  if (whole) return *whole;
  return bad(k_read_range, all, "what is behind the dash is no address",
             "write it as 192.0.2.10-192.0.2.40, 192.0.2.10-40 or 2001:db8::1-2001:db8::ff");
}

}  // namespace

IpNumber number_of(const IpAddress& address) {
  IpNumber number = 0;
  for (const std::uint8_t byte : address.bytes()) number = number << 8 | byte;
  return number;
}

IpAddress address_of(IpNumber number, Family family) {
  if (family != Family::v6) return IpAddress(in_addr{htonl(static_cast<std::uint32_t>(number))});
  in6_addr v6{};
  for (std::size_t i = 16; i-- > 0; number >>= 8) v6.s6_addr[i] = static_cast<std::uint8_t>(number);
  return IpAddress(v6);
}

Result<IpRange> IpRange::parse(std::string_view text) {
  const std::size_t dash = text.find('-');
  if (dash == text.npos) {
    const auto network = IpNetwork::parse(text);
    if (!network) return network.error();
    return network->range();
  }
  const auto first = IpAddress::parse(text.substr(0, dash));
  if (!first) return first.error().about(text);
  const auto last = parse_last(text.substr(dash + 1), *first, text);
  if (!last) return last.error();
  if (first->scope() != 0 || last->scope() != 0) {
    return bad(k_read_range, text, "an interface is named, and a range has none",
               "leave out what begins with %");
  }
  if (first->family() != last->family()) {
    return bad(k_read_range, text, "its ends are of two families", "give a range for each family");
  }
  if (number_of(*last) < number_of(*first)) {
    return bad(k_read_range, text, "it ends before it begins", "write the lower address first");
  }
  return IpRange{*first, *last};
}

bool IpRange::contains(const IpAddress& address) const {
  if (address.family() != family()) return false;
  const IpNumber number = number_of(address);
  return number >= number_of(first) && number <= number_of(last);
}

std::string IpRange::to_string() const {
  return fmt::format("{}-{}", first.to_string(), last.to_string());
}

IpNetwork::IpNetwork(const IpAddress& address, unsigned prefix_length)
    : prefix_length_(std::min(prefix_length, address_bits(address.family()))) {
  const IpNumber number = number_of(address) & mask_of(address.family(), prefix_length_);
  first_ = address_of(number, address.family());
}

Result<IpNetwork> IpNetwork::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return address.error().about(text);
  if (address->scope() != 0) {
    return bad(k_read_network, text, "an interface is named, and a network has none",
               "leave out what begins with %");
  }
  if (slash == text.npos) return IpNetwork(*address, address_bits(address->family()));
  const auto length = parse_prefix_length(text.substr(slash + 1), address->family());
  if (length) return IpNetwork(*address, *length);
  return address->is_v4()
             ? bad(k_read_network, text, "what is behind the slash is no length of a prefix",
                   "write 0 to 32, or a mask as 255.255.255.0")
             : bad(k_read_network, text, "what is behind the slash is no length of a prefix",
                   "write 0 to 128");
}

IpAddress IpNetwork::last() const {
  const IpNumber hosts = last_number(family()) & ~mask_of(family(), prefix_length_);
  return address_of(number_of(first_) | hosts, family());
}

IpAddress IpNetwork::netmask() const {
  return address_of(mask_of(family(), prefix_length_), family());
}

IpRange IpNetwork::hosts() const {
  if (!has_broadcast()) return range();
  return {address_of(number_of(first_) + 1, Family::v4),
          address_of(number_of(last()) - 1, Family::v4)};
}

std::string IpNetwork::to_string() const {
  return fmt::format("{}/{}", first_.to_string(), prefix_length_);
}

// From the front, each time the largest network that begins there and does not reach too far.
std::vector<IpNetwork> networks_of(const IpRange& range) {
  const Family family = range.family();
  const unsigned bits = address_bits(family);
  const IpNumber last = number_of(range.last);
  std::vector<IpNetwork> networks;
  for (IpNumber first = number_of(range.first);;) {
    unsigned host_bits = first == 0 ? bits : std::min(trailing_zeros(first), bits);
    // A network of all host bits of 128 has no number for its size.
    while (host_bits > 0 && (host_bits == 128 ? last != ~IpNumber{0}
                                              : last - first < (IpNumber{1} << host_bits) - 1)) {
      --host_bits;
    }
    const IpNetwork network(address_of(first, family), bits - host_bits);
    networks.push_back(network);
    const IpNumber end = number_of(network.last());
    if (end >= last) return networks;
    first = end + 1;
  }
}

std::string count_to_string(IpNumber less_one) {
  if (less_one == ~IpNumber{0}) return "340282366920938463463374607431768211456";
  return fmt::format("{}", less_one + 1);
}

}  // namespace patchbay
