#include "patchbay/tools/scan/probe/udp_try.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/options.hpp"
#include "patchbay/net/udp.hpp"
#include "patchbay/tools/scan/probe/connect_verdict.hpp"
#include "patchbay/tools/scan/probe/icmp_reason.hpp"

namespace patchbay {

namespace {

// What was heard, or an errno that is not yet a fault: most ports are closed, and nobody reads why.
struct Heard {
  Outcome outcome = Outcome::none;
  int code = 0;
  Endpoint from = {};
};

class HearOp : public ReceiveIntoOp {
 public:
  using ReceiveIntoOp::ReceiveIntoOp;
  Heard await_resume() {
    // Where this host had no time for so long, the answer may have been here all the while.
    if (outcome == Outcome::timed_out && !port->attempt(*this)) outcome = Outcome::timed_out;
    Heard heard{.outcome = outcome, .code = error};
    if (succeeded()) heard.from = batch()[0].peer();
    return heard;
  }
};

// An error without an errno is one of this host, too, and passes.
UdpEnd failed(const Error& error) {
  return {.outcome = Outcome::failed, .code = error.code() != 0 ? error.code() : EAGAIN};
}

UdpEnd not_sent(const Error& error) {
  switch (error.fault()) {
    case Fault::timed_out: return {.outcome = Outcome::timed_out};
    case Fault::cancelled: return {.outcome = Outcome::cancelled};
    default: return failed(error);
  }
}

UdpEnd answered(PortState state, AnswerReason reason) {
  return {.outcome = Outcome::ok, .answer = {.state = state, .reason = reason}};
}

// Whatever link they are valid on.
bool same_address(const IpAddress& one, const IpAddress& other) {
  return std::ranges::equal(one.bytes(), other.bytes());
}

bool keeps_errors() { return Loop::current().engine().capabilities().error_queue; }

// The address of all on a link is no host. Of it the kernel says what it says of a route that
// forbids; for TCP it is unreachable.
bool is_everybodys(UdpSocket& socket, const Endpoint& address) {
  return set_option(socket.port(), socket.handle(), SOL_SOCKET, SO_BROADCAST, 1).has_value() &&
         socket.connect(address).has_value();
}

Result<UdpSocket> open_to(const Endpoint& to, const ConnectSource& source, bool any_port) {
  const bool has_address = source.address && source.address->family() == to.family();
  const IpAddress from = has_address ? *source.address : IpAddress::any(to.family());
  const std::uint16_t port = any_port ? std::uint16_t{0} : source.port;
  UdpOptions options{.reuse_address = port != 0,
                     .ip = {.interface = source.interface, .error_queue = keeps_errors()}};
  if (source.hop_limit != 0) options.ip.hop_limit = source.hop_limit;
  auto socket = UdpSocket::bind(Endpoint(from, port), options);
  if (!socket) return socket;
  const auto connected = socket->connect(to);
  if (connected) return socket;
  const bool everybody = connected.error().code() == EACCES && is_everybodys(*socket, to);
  return everybody ? Error::from_errno(ENETUNREACH, "probe") : connected.error();
}

// --- errors --------------------------------------------------------------------------------------

// Nothing: it says nothing about the port.
std::optional<UdpEnd> judge_report(const ErrorReport& report, const IpAddress& target) {
  using Origin = ErrorReport::Origin;
  if (report.origin != Origin::icmp && report.origin != Origin::icmp6) return std::nullopt;
  // The kernel knows the path's MTU now: the next try fits.
  if (report.code == EMSGSIZE) return std::nullopt;
  const IpVersion version = report.origin == Origin::icmp ? IpVersion::v4 : IpVersion::v6;
  const auto reason = icmp_reason(version, report.icmp_type, report.icmp_code);
  if (!reason) return std::nullopt;
  const bool by_target = report.offender && same_address(*report.offender, target);
  UdpEnd end = answered(icmp_state(ScanProtocol::udp, *reason, by_target), *reason);
  if (!by_target) end.answer.by = report.offender;
  return end;
}

// Where nobody keeps what was said, there is the errno.
UdpEnd judge_code(int code) {
  if (code == ECONNREFUSED) return answered(PortState::closed, AnswerReason::port_unreachable);
  const ConnectVerdict verdict = judge_connect(code, true);
  if (verdict.meaning == ConnectVerdict::Meaning::answer) {
    return answered(verdict.state, verdict.reason);
  }
  return {.outcome = Outcome::failed, .code = code};
}

Task<std::optional<UdpEnd>> read_error(UdpSocket& socket, int code, IpAddress target,
                                       Deadline deadline) {
  if (!keeps_errors()) co_return judge_code(code);
  std::array<std::byte, 1> quoted{};
  const auto report = co_await socket.receive_error(quoted, deadline);
  co_return report ? judge_report(*report, target) : judge_code(code);
}

// --- one datagram --------------------------------------------------------------------------------

// Before it was connected the socket may have heard somebody else, who is passed over.
Task<UdpEnd> listen_to(UdpSocket& socket, Endpoint to, Deadline deadline) {
  std::array<std::byte, 1> room{};
  for (;;) {
    const Heard heard = co_await HearOp(&socket.port(), socket.handle(), room, deadline);
    if (heard.outcome == Outcome::failed) {
      const auto end = co_await read_error(socket, heard.code, to.address(), deadline);
      if (end) co_return *end;
    } else if (heard.outcome != Outcome::ok) {
      co_return UdpEnd{.outcome = heard.outcome};
    } else if (heard.from.port() == to.port() && same_address(heard.from.address(), to.address())) {
      co_return answered(PortState::open, AnswerReason::udp_response);
    }
  }
}

Task<UdpEnd> ask(UdpSocket& socket, Endpoint to, std::span<const std::byte> payload,
                 Duration patience, const std::function<void()>& sent) {
  Engine& engine = Loop::current().engine();
  const Instant began = engine.now();
  const Deadline deadline(began + patience);
  const auto left = co_await socket.send(payload, deadline);
  if (!left) co_return not_sent(left.error());
  if (sent) sent();
  UdpEnd end = co_await listen_to(socket, to, deadline);
  if (end.outcome == Outcome::ok) end.answer.round_trip = engine.now() - began;
  co_return end;
}

}  // namespace

Task<UdpEnd> try_udp(const ConnectSource& source, Endpoint to, std::span<const std::byte> payload,
                     Duration patience, const std::function<void()>& sent) {
  auto socket = open_to(to, source, false);
  if (!socket) co_return failed(socket.error());
  const UdpEnd end = co_await ask(*socket, to, payload, patience, sent);
  if (end.outcome != Outcome::ok || end.answer.state != PortState::open) co_return end;
  const auto local = socket->local();
  if (local && !same_address(local->address(), to.address())) co_return end;
  // The first one stays open, so that nobody else is given its port.
  auto other = open_to(to, source, true);
  if (!other) co_return failed(other.error());
  co_return co_await ask(*other, to, payload, patience, sent);
}

}  // namespace patchbay
