// Arithmetic on addresses: an address as a number, ranges of addresses, and networks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/address.hpp"

namespace patchbay {

// An address of either family, read as one number in network order; a scope is not a part of it.
__extension__ typedef unsigned __int128 IpNumber;

constexpr unsigned address_bits(Family family) { return family == Family::v6 ? 128 : 32; }
IpNumber number_of(const IpAddress& address);
// `number` fits the family.
IpAddress address_of(IpNumber number, Family family);
// The highest number of a family.
constexpr IpNumber last_number(Family family) {
  return family == Family::v6 ? ~IpNumber{0} : IpNumber{UINT32_MAX};
}

// The addresses from `first` to `last`, both included: of one family, `first` not behind `last`.
struct IpRange {
  IpAddress first;
  IpAddress last;

  // "192.0.2.10-192.0.2.40", "192.0.2.10-40", "2001:db8::1-2001:db8::ff", a network as
  // IpNetwork::parse() reads it, or an address. Faults: protocol.
  static Result<IpRange> parse(std::string_view text);

  Family family() const { return first.family(); }
  bool contains(const IpAddress& address) const;
  // How many more than one: all addresses of IPv6 are one more than an IpNumber holds.
  IpNumber size_less_one() const { return number_of(last) - number_of(first); }
  std::string to_string() const;  // "192.0.2.10-192.0.2.40"

  friend bool operator==(const IpRange&, const IpRange&) = default;
};

// An address whose first `prefix_length` bits are those of a network (RFC 4632 section 3.1, RFC
// 4291 section 2.3).
class IpNetwork {
 public:
  // The network that `address` is in: bits behind `prefix_length`, which is at most 32 or 128, are
  // cleared.
  IpNetwork(const IpAddress& address, unsigned prefix_length);

  // "192.0.2.0/24", "192.0.2.0/255.255.255.0", "2001:db8::/32"; an address alone is a network of
  // one. "192.0.2.7/24" is the network that the address is in. Faults: protocol.
  static Result<IpNetwork> parse(std::string_view text);

  const IpAddress& first() const { return first_; }
  IpAddress last() const;
  unsigned prefix_length() const { return prefix_length_; }
  Family family() const { return first_.family(); }
  IpRange range() const { return {first_, last()}; }
  IpAddress netmask() const;
  // What hosts can have: of IPv4 without the network's own address and the one for broadcasts, but
  // both of a /31 (RFC 3021); of IPv6 all of them.
  IpRange hosts() const;
  bool has_broadcast() const { return family() == Family::v4 && prefix_length_ < 31; }

  bool contains(const IpAddress& address) const { return range().contains(address); }
  std::string to_string() const;  // "192.0.2.0/24"

  friend bool operator==(const IpNetwork&, const IpNetwork&) = default;

 private:
  IpAddress first_;
  unsigned prefix_length_;
};

// The fewest networks that are together that range, in order.
std::vector<IpNetwork> networks_of(const IpRange& range);

// "256"; `less_one` is one less than the number, so that the 2^128 addresses of IPv6 fit.
std::string count_to_string(IpNumber less_one);

}  // namespace patchbay
