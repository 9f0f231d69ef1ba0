#include "patchbay/net/sim/membership_table.hpp"

#include <netinet/in.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "patchbay/net/sim/stack.hpp"

namespace patchbay::sim {

namespace {

// Without its scope, which is the interface and stands beside it.
IpAddress address_of(const sockaddr_storage& native) {
  const IpAddress address = Endpoint(reinterpret_cast<const sockaddr*>(&native)).address();
  return address.is_v6() ? IpAddress(address.v6()) : address;
}

template <class Request>
bool read_request(std::span<const std::byte> value, Request& into) {
  if (value.size() < sizeof into) return false;
  std::memcpy(&into, value.data(), sizeof into);
  return true;
}

}  // namespace

int MembershipTable::set_option(Stack& stack, int name, std::span<const std::byte> value) {
  if (name == MCAST_JOIN_GROUP || name == MCAST_LEAVE_GROUP) {
    group_req request{};
    if (!read_request(value, request)) return EINVAL;
    const IpAddress group = address_of(request.gr_group);
    return name == MCAST_JOIN_GROUP ? join(stack, group, request.gr_interface, nullptr)
                                    : leave(group, request.gr_interface, nullptr);
  }
  if (name == MCAST_JOIN_SOURCE_GROUP || name == MCAST_LEAVE_SOURCE_GROUP) {
    group_source_req request{};
    if (!read_request(value, request)) return EINVAL;
    const IpAddress group = address_of(request.gsr_group);
    const IpAddress source = address_of(request.gsr_source);
    return name == MCAST_JOIN_SOURCE_GROUP ? join(stack, group, request.gsr_interface, &source)
                                           : leave(group, request.gsr_interface, &source);
  }
  return ENOPROTOOPT;
}

std::vector<MembershipTable::Membership>::iterator MembershipTable::find(const IpAddress& group,
                                                                         std::uint32_t interface) {
  return std::ranges::find_if(memberships_, [&](const Membership& each) {
    return each.group == group && (interface == 0 || each.interface == interface);
  });
}

int MembershipTable::join(Stack& stack, IpAddress group, std::uint32_t interface,
                          const IpAddress* source) {
  if (!group.is_multicast()) return EINVAL;
  if (interface == 0) {
    const Nic* const usual = stack.nic_for_groups();
    if (usual == nullptr) return ENODEV;
    interface = usual->index();
  }
  if (stack.nic(interface) == nullptr) return ENODEV;
  const auto known = find(group, interface);
  if (known == memberships_.end()) {
    memberships_.push_back({.group = group, .interface = interface});
    if (source != nullptr) memberships_.back().sources.push_back(*source);
    return 0;
  }
  if (source == nullptr) return EADDRINUSE;
  if (known->sources.empty()) return EINVAL;  // it hears everybody already
  if (std::ranges::find(known->sources, *source) != known->sources.end()) return EADDRNOTAVAIL;
  known->sources.push_back(*source);
  return 0;
}

int MembershipTable::leave(IpAddress group, std::uint32_t interface, const IpAddress* source) {
  if (!group.is_multicast()) return EINVAL;
  const auto known = find(group, interface);
  if (known == memberships_.end()) return EADDRNOTAVAIL;
  if (source != nullptr) {
    if (std::erase(known->sources, *source) == 0) return EADDRNOTAVAIL;
    if (!known->sources.empty()) return 0;
  }
  memberships_.erase(known);
  return 0;
}

bool MembershipTable::hears(const IpAddress& group, std::uint32_t interface,
                            const IpAddress& source) const {
  return std::ranges::any_of(memberships_, [&](const Membership& each) {
    const bool from_anybody = each.sources.empty();
    return each.group == group && each.interface == interface &&
           (from_anybody || std::ranges::find(each.sources, source) != each.sources.end());
  });
}

}  // namespace patchbay::sim
