// Rtnetlink: devices, addresses and routes of a network namespace (rtnetlink(7)), as far as links
// are made of them.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/address.hpp"
#include "patchbay/net/interface.hpp"
#include "patchbay/net/ip_network.hpp"
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

// A device, as whoever makes frames for it sees it.
struct LinkDevice {
  std::uint32_t index = 0;
  std::string name;
  std::uint16_t hardware = 0;                // ARPHRD_ETHER, ARPHRD_LOOPBACK, ARPHRD_NONE, …
  std::array<std::uint8_t, 6> address = {};  // of Ethernet and its kin
  int mtu_bytes = 0;
  bool up = false;
  bool loopback = false;
  bool asks = true;  // who has an address; not where the link has only one other end

  // Frames there begin with Ethernet's header.
  bool is_ethernet() const;
};

struct RouteQuestion {
  IpAddress destination;
  std::uint32_t interface = 0;           // by this one alone; 0: any
  std::optional<IpAddress> source = {};  // one of this host's: policies may look at it
};

// The kernel's answer for one address, policies and all.
struct RouteAnswer {
  enum class Kind : std::uint8_t { remote, here, everybody };  // everybody: broadcast, multicast

  Kind kind = Kind::remote;
  std::uint32_t interface = 0;
  std::optional<IpAddress> gateway = {};  // of either family (RFC 5549); none: it is on the link
  std::optional<IpAddress> source = {};   // that the kernel would send from
};

struct KnownNeighbour {
  std::uint32_t interface = 0;
  IpAddress address;
  std::array<std::uint8_t, 6> link = {};
  bool confirmed = false;  // heard from lately, or set by hand
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

  // What there is (rtnetlink_query.cpp); needs no rights.
  Result<std::vector<LinkDevice>> devices();
  // The destinations of all routes, in all tables, and of all rules: between the ends of two of
  // these, whatever is true of one address is true of all.
  Result<> for_each_route(Family family, const std::function<void(const IpNetwork&)>& each);
  // Faults: unreachable (no route, or one that says so), permission (a route that prohibits it).
  Result<RouteAnswer> route_to(const RouteQuestion& question);
  // Those of Ethernet that are not known to be gone.
  Result<std::vector<KnownNeighbour>> neighbours();

 private:
  using Bytes = std::vector<std::byte>;
  // Type and body of a message.
  using EachMessage = std::function<void(unsigned, std::span<const std::byte>)>;

  explicit Rtnetlink(int socket) : socket_(socket) {}
  Result<> send(Bytes& message, const char* operation);
  Result<std::span<const std::byte>> receive(Bytes& into, const char* operation);
  Result<> ask_for_all(Bytes& message, const char* operation, const EachMessage& each);
  Result<std::vector<std::byte>> ask(std::vector<std::byte>& message, const char* operation);
  Result<> tell(std::vector<std::byte>& message, const char* operation, std::string_view subject);

  int socket_;
  std::uint32_t sequence_ = 0;
};

}  // namespace patchbay
