// Socket options as types with units. What the kernel made of a request can be read back: it
// doubles buffers, caps them and the backlog, and rounds times to seconds.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "patchbay/base/time.hpp"
#include "patchbay/net/op.hpp"

namespace patchbay {

// Probes on an idle connection, so that a dead peer is noticed (RFC 9293 3.8.4; tcp(7)).
struct Keepalive {
  Duration idle = 60s;      // before the first probe; whole seconds, 1 s to 32,767 s
  Duration interval = 10s;  // between probes; likewise
  int probes = 6;           // unanswered ones before the connection is dropped; 1 to 127
};

// Each field left empty leaves the kernel's default alone.
struct TcpOptions {
  bool no_delay = true;  // send small writes at once (TCP_NODELAY)
  std::optional<Keepalive> keepalive = {};
  // Bytes of payload bookkeeping and all. The kernel doubles the request and caps it at
  // net.core.rmem_max and wmem_max; setting either turns its automatic tuning off.
  std::optional<std::size_t> receive_buffer_bytes = {};
  std::optional<std::size_t> send_buffer_bytes = {};
  // How much the socket takes beyond what it may send at once (TCP_NOTSENT_LOWAT): a peer that
  // does not read costs no more than that and its own window.
  std::optional<std::size_t> unsent_bytes = {};
  // How long sent data may stay unacknowledged before the connection fails (RFC 5482);
  // milliseconds.
  std::optional<Duration> user_timeout = {};
  std::optional<std::string> congestion =
      {};  // "cubic", "bbr", …: net.ipv4.tcp_available_congestion_control
};

struct ListenOptions {
  int backlog = 4096;       // connections waiting for accept(); capped at net.core.somaxconn
  bool reuse_port = false;  // several loops listen on one port (SO_REUSEPORT)
  bool listen = true;       // false: holds the address, and who connects is refused
  bool v6_only = true;      // [::]:port does not take IPv4 as well, so that both can be bound
  TcpOptions stream = {};   // for the accepted connections, where the listener can set them
};

// What is in force.
struct TcpSettings {
  bool no_delay = false;
  std::optional<Keepalive> keepalive;
  std::size_t receive_buffer_bytes = 0;
  std::size_t send_buffer_bytes = 0;
  std::size_t unsent_bytes = 0;  // zero: the system's limit, net.ipv4.tcp_notsent_lowat
  Duration user_timeout{};       // zero: the kernel's own limit
  std::string congestion;
};

Result<> apply(Port& port, int handle, const TcpOptions& options);
Result<TcpSettings> read_tcp_settings(Port& port, int handle);

// One option, as a number. For the options that have no type of their own.
Result<> set_option(Port& port, int handle, int level, int name, int value);
Result<int> get_option(Port& port, int handle, int level, int name);

}  // namespace patchbay
