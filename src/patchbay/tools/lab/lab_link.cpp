#include "patchbay/tools/lab/lab_link.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "patchbay/net/group.hpp"

namespace patchbay {

namespace {

// A host may have IPv6 turned off: the link then does without.
bool is_refusal_of_v6(const Error& error) {
  return error.code() == EACCES || error.code() == EOPNOTSUPP || error.code() == EAFNOSUPPORT ||
         error.code() == EINVAL;
}

bool is_v6(const InterfaceAddress& address) { return address.address.is_v6(); }

// Takes the addresses out of `end` that it does not get.
Result<Tun> open_end(LabLinkEnd& end, int mtu_bytes) {
  const auto open = [&] {
    return Tun::open(end.where,
                     {.name = end.device, .mtu_bytes = mtu_bytes, .addresses = end.addresses});
  };
  const bool has_v4 = !std::ranges::all_of(end.addresses, is_v6);
  auto tun = open();
  if (tun || !has_v4 || !is_refusal_of_v6(tun.error())) return tun;
  if (std::erase_if(end.addresses, is_v6) == 0) return tun;
  return open();
}

}  // namespace

LabLink::LabLink(const LabLinkEnd& left, Tun left_tun, const LabLinkEnd& right, Tun right_tun,
                 const LabLinkOptions& options)
    : left_namespace_(left.where),
      right_namespace_(right.where),
      left_addresses_(left.addresses),
      right_addresses_(right.addresses),
      left_(std::move(left_tun)),
      right_(std::move(right_tun)),
      there_(left_, right_, options.there, options.seed, options.mtu_bytes),
      back_(right_, left_, options.back, ~options.seed, options.mtu_bytes) {}

Result<std::unique_ptr<LabLink>> LabLink::open(const LabLinkEnd& left, const LabLinkEnd& right,
                                               const LabLinkOptions& options) {
  LabLinkEnd left_end = left, right_end = right;
  auto left_tun = open_end(left_end, options.mtu_bytes);
  if (!left_tun) return left_tun.error();
  auto right_tun = open_end(right_end, options.mtu_bytes);
  if (!right_tun) return right_tun.error();
  return std::unique_ptr<LabLink>(
      new LabLink(left_end, std::move(*left_tun), right_end, std::move(*right_tun), options));
}

Task<Result<>> LabLink::run() { co_return co_await both(there_.run(), back_.run()); }

std::uint64_t LabLink::missed(const NetworkNamespace& where, const Tun& tun) {
  std::uint64_t count = 0;
  const auto asked = where.run_inside([&]() -> Result<> {
    auto control = Rtnetlink::open();
    if (!control) return control.error();
    const auto counters = control->counters(tun.name());
    if (counters) count = counters->dropped_packets;
    return ok();
  });
  return asked ? count : 0;
}

}  // namespace patchbay
