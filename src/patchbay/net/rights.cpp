#include "patchbay/net/rights.hpp"

#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace patchbay {

namespace {

// Each set in two words of 32 bits, as the kernel has had them since it counts more than 32.
using KernelSets = std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3>;

Rights joined(std::uint32_t low, std::uint32_t high) {
  return Rights::of_bits(std::uint64_t{high} << 32 | low);
}

std::uint32_t low(Rights rights) { return static_cast<std::uint32_t>(rights.bits()); }
std::uint32_t high(Rights rights) { return static_cast<std::uint32_t>(rights.bits() >> 32); }

// What programs inherit is left empty: none is started.
bool set_rights(const HeldRights& rights) {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  const KernelSets sets = {
      {{.effective = low(rights.in_force), .permitted = low(rights.at_hand), .inheritable = 0},
       {.effective = high(rights.in_force), .permitted = high(rights.at_hand), .inheritable = 0}}};
  return ::syscall(SYS_capset, &header, sets.data()) == 0;
}

}  // namespace

Result<HeldRights> held_rights() {
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  KernelSets sets{};
  if (::syscall(SYS_capget, &header, sets.data()) != 0) {
    return Error::from_errno(errno, "look at the rights of this process");
  }
  return HeldRights{.in_force = joined(sets[0].effective, sets[1].effective),
                    .at_hand = joined(sets[0].permitted, sets[1].permitted)};
}

Result<> keep_rights(Rights kept) {
  const auto held = held_rights();
  if (!held) return held.error();
  // Otherwise a program that root starts has all rights again, whatever its parent had left.
  const bool done = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
                    set_rights({.in_force = {}, .at_hand = held->at_hand & kept});
  if (!done) return Error::from_errno(errno, "give up rights");
  return ok();
}

RaisedRights::RaisedRights(Rights wanted) {
  const auto held = held_rights();
  if (!held) return;
  const Rights missing = Rights::of_bits((wanted & held->at_hand).bits() & ~held->in_force.bits());
  if (missing.empty()) return;
  if (set_rights({.in_force = held->in_force | missing, .at_hand = held->at_hand})) {
    laid_aside_ = missing;
  }
}

RaisedRights::~RaisedRights() {
  if (laid_aside_.empty()) return;
  const auto held = held_rights();
  if (!held) return;
  const Rights left = Rights::of_bits(held->in_force.bits() & ~laid_aside_.bits());
  set_rights({.in_force = left, .at_hand = held->at_hand});
}

}  // namespace patchbay
