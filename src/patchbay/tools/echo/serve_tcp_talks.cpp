#include "patchbay/tools/echo/serve_tcp_talks.hpp"

#include <cerrno>

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

// What a failed operation says about the client. `on_deadline`: what a passed deadline means for it.
Parting parting_of(const Error& error, Parting on_deadline) {
  switch (error.fault()) {
    case Fault::cancelled: return Parting::stopped;
    case Fault::closed: return Parting::reset;
    // The kernel's own "timed out" is that of probes which nobody answered.
    case Fault::timed_out: return error.code() == ETIMEDOUT ? Parting::lost : on_deadline;
    default: return Parting::lost;
  }
}

using Talk = Task<Parting> (*)(TcpServer& server, Stream& stream, TcpVisit& visit);

void hear(TcpServer& server, TcpVisit& visit, std::span<const std::byte> bytes) {
  visit.received_bytes += bytes.size();
  if (server.events != nullptr) server.events->message(visit, bytes);
}

Task<Parting> echo(TcpServer& server, Stream& stream, TcpVisit& visit) {
  for (;;) {
    const auto data = co_await stream.receive(server.idle_deadline());
    if (!data) co_return parting_of(data.error(), Parting::idle);
    if (data->empty()) co_return Parting::left;
    hear(server, visit, data->bytes());
    const auto sent = co_await stream.write_all(data->bytes(), server.idle_deadline());
    if (!sent) co_return parting_of(sent.error(), Parting::not_reading);
    visit.sent_bytes += data->size();
  }
}

// Any conversation, with all that is told about it.
template <Talk talk>
Task<> visit_client(TcpServer& server, Stream stream) {
  TcpVisit visit{.since = Loop::current().now()};
  if (server.events != nullptr) {
    visit.peer = stream.peer().value_or(Endpoint());
    server.events->joined(visit);
  }
  const Parting parting = co_await talk(server, stream, visit);
  server.totals.received_bytes += visit.received_bytes;
  server.totals.sent_bytes += visit.sent_bytes;
  if (parting == Parting::stopped) ++server.totals.cut_clients;
  if (server.events != nullptr) server.events->left(visit, parting);
  server.leave();
}

// Echo and nothing else: the frame of an idle connection is this one, and a message costs a read, a
// write and two additions.
Task<> echo_quietly(TcpServer& server, Stream stream) {
  for (;;) {
    const auto data = co_await stream.receive(server.idle_deadline());
    if (!data || data->empty()) {
      if (!data && data.error().fault() == Fault::cancelled) ++server.totals.cut_clients;
      break;
    }
    server.totals.received_bytes += data->size();
    const auto sent = co_await stream.write_all(data->bytes(), server.idle_deadline());
    if (!sent) {
      if (sent.error().fault() == Fault::cancelled) ++server.totals.cut_clients;
      break;
    }
    server.totals.sent_bytes += data->size();
  }
  server.leave();
}

}  // namespace

void TcpServer::enter() {
  ++totals.clients;
  ++clients;
}

void TcpServer::leave() {
  if (clients == options.max_clients) room.set();
  --clients;
  if (clients <= options.max_clients / 2) told_full = false;
}

TcpClientTask choose_client_task(const TcpServer& server) {
  if (server.events == nullptr && !server.options.once) return echo_quietly;
  return visit_client<echo>;
}

}  // namespace patchbay
