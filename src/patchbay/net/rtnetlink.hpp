// Rtnetlink: devices, addresses and routes of a network namespace (rtnetlink(7)), as far as links
// are made of them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/address.hpp"
#include "patchbay/net/interface.hpp"
#include "patchbay/net/network_namespace.hpp"

namespace patchbay {

// Fields that are 0 stay as they are.
struct LinkSettings {
  int mtu_bytes = 0;
  int queue_packets = 0;   // that wait for the device (txqueuelen)
  bool link_local = true;  // IPv6 makes itself a link-local address
};

struct LinkCounters {
  std::uint64_t received_packets = 0;
  std::uint64_t sent_packets = 0;
  std::uint64_t dropped_packets = 0;  // on the way out: the queue was full
};

// Acts in the namespace that the thread was in when open() was called. Its calls ask the kernel and
// wait for the answer, which comes at once: it is for setting up, beside any loop. Changes need
// CAP_NET_ADMIN. Device names are at most 15 bytes.
class Rtnetlink {
 public:
  static Result<Rtnetlink> open();
  Rtnetlink(Rtnetlink&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}
  Rtnetlink& operator=(Rtnetlink&&) = delete;
  ~Rtnetlink();

  Result<> set_up(const std::string& device, const LinkSettings& settings = {});
  // EEXIST when the device has it. IPv6 addresses can be used at once: nobody else is asked first.
  Result<> add_address(const std::string& device, const InterfaceAddress& address);
  // To `target`/`prefix_length`, by way of a neighbour.
  Result<> add_route(const InterfaceAddress& target, const IpAddress& gateway);
  // A cable: `device` here and `peer` in another namespace. Both end with either.
  Result<> add_veth(const std::string& device, const std::string& peer,
                    const NetworkNamespace& peer_namespace);
  Result<LinkCounters> counters(const std::string& device);

 private:
  explicit Rtnetlink(int socket) : socket_(socket) {}
  Result<std::vector<std::byte>> ask(std::vector<std::byte>& message, const char* operation);
  Result<> tell(std::vector<std::byte>& message, const char* operation, std::string_view subject);

  int socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace patchbay
