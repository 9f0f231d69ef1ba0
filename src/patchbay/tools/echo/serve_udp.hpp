// A UDP server that answers each datagram, as `patchbay udp serve` runs it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/udp.hpp"
#include "patchbay/tools/echo/reply_template.hpp"
#include "patchbay/tools/echo/services.hpp"

namespace patchbay {

struct UdpServeOptions {
  Service service = Service::echo;
  std::optional<ReplyTemplate> reply = {};  // in place of the service
  bool once = false;                        // end after the first answer
};

// What a server tells while it runs, on its loop's thread. Who takes long to listen loses
// datagrams: the kernel drops what its buffer has no room for.
class UdpServeEvents {
 public:
  virtual ~UdpServeEvents() = default;
  virtual void message(const Endpoint& peer, std::span<const std::byte> bytes) = 0;
  // A datagram of `peer` is not answered, for the answer could be answered in turn, without end.
  // Told of the first such datagram only.
  virtual void shunned(const Endpoint& peer) = 0;
  // The kernel would not send an answer. Told of the first only.
  virtual void refused(const Error& error) = 0;
};

struct UdpServeTotals {
  std::uint64_t received_datagrams = 0;
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_datagrams = 0;
  std::uint64_t sent_bytes = 0;
  std::uint64_t shunned_datagrams = 0;
  std::uint64_t refused_datagrams = 0;
};

// A socket for serve_udp(). On a wildcard address it learns where each datagram was sent to, so
// that the answer comes from there: a client takes it from nobody else.
Result<UdpSocket> bind_udp_server(const Endpoint& endpoint, UdpOptions options = {});

// May a datagram that came from `port` be answered on `own_port`? Not if another small service
// (RFC 862 to 868, and 865) or one like this may be behind it: a forged source address would make
// the two talk to each other for ever.
bool may_answer(std::uint16_t port, std::uint16_t own_port);

// Serves until the task is cancelled, which is no failure, or until `once` is fulfilled. `totals`
// and `events` (null: nothing is told) are borrowed. The sockets are from bind_udp_server().
Task<Result<>> serve_udp(std::vector<UdpSocket> sockets, UdpServeOptions options,
                         UdpServeTotals& totals, UdpServeEvents* events);

}  // namespace patchbay
