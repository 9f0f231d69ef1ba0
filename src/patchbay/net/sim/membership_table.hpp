// MembershipTable: which groups a socket has joined, on which interfaces, and whom it hears there.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "patchbay/net/address.hpp"

namespace patchbay::sim {

class Stack;

class MembershipTable {
 public:
  // As setsockopt(2): 0, an errno, or ENOPROTOOPT for what is no membership option.
  int set_option(Stack& stack, int name, std::span<const std::byte> value);
  bool hears(const IpAddress& group, std::uint32_t interface, const IpAddress& source) const;

 private:
  struct Membership {
    IpAddress group;
    std::uint32_t interface;
    std::vector<IpAddress> sources;  // none: everybody
  };

  int join(Stack& stack, IpAddress group, std::uint32_t interface, const IpAddress* source);
  int leave(IpAddress group, std::uint32_t interface, const IpAddress* source);
  std::vector<Membership>::iterator find(const IpAddress& group, std::uint32_t interface);

  std::vector<Membership> memberships_;
};

}  // namespace patchbay::sim
