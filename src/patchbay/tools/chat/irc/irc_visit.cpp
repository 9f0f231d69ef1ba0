#include "patchbay/tools/chat/irc/irc_visit.hpp"

#include <utility>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

// Nobody is told when a client has read enough; who is that far behind does not feel this.
constexpr Duration k_look_again = 50ms;
// Likewise of the history's disk, which catches up in this time with some hundred messages.
constexpr Duration k_history_look = 5ms;

}  // namespace

IrcVisit::IrcVisit(IrcServer& server, Stream* stream, std::uint32_t framing, const Endpoint& peer,
                   bool secure, ChatTicket ticket)
    : session(server, stream, framing) {
  session.arrive(peer, secure);
  if (ticket) {
    ticket_ = std::move(*ticket);
  } else {
    session.end(ticket.error());
  }
  // Not before: there is nobody yet who could be woken.
  session.reader = this;
}

Task<> IrcVisit::take(std::string_view line) {
  co_await session.take(line);
  if (session.is_registered) ticket_.come_in();
  co_await slow_down();
}

Task<> IrcVisit::slow_down() {
  const Instant now = Loop::current().now();
  if (const Instant next = session.flood.next(now); next > now) {
    if (!co_await pause(Deadline(next))) co_return;
  }
  if (session.hub().outruns_history(session)) {
    do {
      if (!co_await pause(Deadline::after(k_history_look))) co_return;
    } while (!session.is_over() && session.hub().history()->is_behind());
  }
  const std::size_t most = session.hub().settings().limits.soft_send_bytes;
  if (ChatHub::waiting_bytes(session) <= most) co_return;
  // What was answered just now is written first.
  if (const auto waited = co_await yield(); !waited) co_return;
  while (!session.is_over() && ChatHub::waiting_bytes(session) > most) {
    if (!co_await pause(Deadline::after(k_look_again))) co_return;
  }
}

}  // namespace patchbay
