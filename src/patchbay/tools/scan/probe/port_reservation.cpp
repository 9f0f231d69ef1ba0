#include "patchbay/tools/scan/probe/port_reservation.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <fstream>

#include "patchbay/net/address.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr const char* k_operation = "reserve source ports";
constexpr unsigned k_first_free_port = 1024;
constexpr unsigned k_last_port = 65'535;
constexpr int k_tries = 64;  // other programs hold few ports out there
constexpr PortRange k_usual{32'768, 60'999};
constexpr int k_least_buffer_bytes = 1;  // the kernel makes its least of it

// Of this system, where the loop's sockets are this system's.
PortRange ports_for_connections() {
  if (!Loop::current().engine().capabilities().foreign_descriptors) return k_usual;
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  unsigned first = 0, last = 0;
  if (!(file >> first >> last) || first > last || last > k_last_port) return k_usual;
  return {static_cast<std::uint16_t>(first), static_cast<std::uint16_t>(last)};
}

Result<Stream> hold(Family family, int type, std::uint16_t port) {
  Engine& engine = Loop::current().engine();
  const bool v6 = family == Family::v6;
  const auto handle = engine.open({v6 ? AF_INET6 : AF_INET, type, 0});
  if (!handle) return handle.error();
  Stream socket(engine, *handle);
  const int one = 1;
  if (v6) {
    const auto set = engine.set_option(*handle, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
    if (!set) return set.error();
  }
  if (type == SOCK_DGRAM) {
    // Answers wait there, read by nobody: so it is to hold few.
    const auto set = engine.set_option(*handle, SOL_SOCKET, SO_RCVBUF, &k_least_buffer_bytes,
                                       sizeof k_least_buffer_bytes);
    if (!set) return set.error();
  }
  const Endpoint local(IpAddress::any(family), port);
  const auto bound = engine.bind(*handle, local.native(), local.native_size());
  if (!bound) return bound.error();
  return socket;
}

Result<std::vector<Stream>> hold_row(const PortReservationOptions& options, std::uint16_t first) {
  std::vector<Stream> held;
  for (unsigned i = 0; i < options.count; ++i) {
    for (const Family family : {Family::v4, Family::v6}) {
      if (!(family == Family::v4 ? options.v4 : options.v6)) continue;
      for (const int type : {SOCK_STREAM, SOCK_DGRAM}) {
        if (!(type == SOCK_STREAM ? options.tcp : options.udp)) continue;
        auto one = hold(family, type, static_cast<std::uint16_t>(first + i));
        if (!one) return one.error();
        held.push_back(std::move(*one));
      }
    }
  }
  return held;
}

}  // namespace

std::size_t rows_outside(const PortRange& taken, unsigned count) {
  const unsigned below = taken.first > k_first_free_port ? taken.first - k_first_free_port : 0;
  const unsigned above = k_last_port - taken.last;
  return (below >= count ? below - count + 1 : 0) + (above >= count ? above - count + 1 : 0);
}

std::uint16_t row_outside(const PortRange& taken, unsigned count, std::size_t index) {
  const unsigned below = taken.first > k_first_free_port ? taken.first - k_first_free_port : 0;
  const std::size_t rows_below = below >= count ? below - count + 1 : 0;
  if (index < rows_below) return static_cast<std::uint16_t>(k_first_free_port + index);
  return static_cast<std::uint16_t>(taken.last + 1U + (index - rows_below));
}

Result<PortReservation> PortReservation::make(const PortReservationOptions& options) {
  if (options.first != 0) {
    if (options.first + options.count - 1 > k_last_port) {
      return Error(Fault::limit, k_operation, "there are not so many above the first");
    }
    auto held = hold_row(options, options.first);
    if (!held) return held.error();
    return PortReservation(options.first, std::move(*held));
  }
  PortRange taken = ports_for_connections();
  if (rows_outside(taken, options.count) == 0) taken = k_usual;
  const std::size_t rows = rows_outside(taken, options.count);
  for (int tries = 0; tries < k_tries; ++tries) {
    const auto index = static_cast<std::size_t>(Loop::current().random_bits() % rows);
    const std::uint16_t first = row_outside(taken, options.count, index);
    auto held = hold_row(options, first);
    if (held) return PortReservation(first, std::move(*held));
    if (held.error().code() != EADDRINUSE) return held.error();
  }
  return Error(Fault::limit, k_operation, "other programs hold too many ports")
      .advising("name one that is free: --source-port");
}

}  // namespace patchbay
