#include "patchbay/tools/echo/serve_tcp_client.hpp"

#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/echo/serve_tcp_talks.hpp"

namespace patchbay {

namespace {

constexpr Duration k_handshake = 10s;
constexpr Duration k_goodbye = 1s;

// The operations of the quiet echo. Why one failed makes no difference to it, and a Result would
// take the room of an Error in the frame of every idle client; so would one in a function that is
// inlined there.
class QuietReceive : public ReceiveOp {
 public:
  QuietReceive(const Stream& stream, Deadline deadline)
      : ReceiveOp(OpKind::receive, &stream.port(), stream.handle(), deadline) {}
  // Empty: the client has come to its end.
  [[gnu::noinline]] Lease await_resume() {
    auto received = ReceiveOp::await_resume();
    return received ? std::move(*received) : Lease();
  }
};

class QuietWrite : public WriteAllOp {
 public:
  QuietWrite(const Stream& stream, std::span<const std::byte> bytes, Deadline deadline)
      : WriteAllOp(OpKind::write_all, &stream.port(), stream.handle(), deadline, failed_, bytes) {}
  [[gnu::noinline]] bool await_resume() { return WriteAllOp::await_resume().has_value(); }

 private:
  bool failed_ = false;  // no write follows one that failed
};

// Echo and nothing else: all that an idle connection costs is this frame, and a message costs a
// read, a write and two additions.
Task<> echo_quietly(TcpServer& server, Stream stream) {
  for (;;) {
    const Lease data = co_await QuietReceive(stream, server.idle_deadline());
    if (data.empty()) break;
    server.totals.received_bytes += data.size();
    if (!co_await QuietWrite(stream, data.bytes(), server.idle_deadline())) break;
    server.totals.sent_bytes += data.size();
  }
  if (server.scope->cancelled()) ++server.totals.cut_clients;
  server.leave();
}

TcpVisit welcome(TcpServer& server, const Stream& stream) {
  TcpVisit visit{.since = Loop::current().now()};
  if (server.events == nullptr) return visit;
  visit.peer = stream.peer().value_or(Endpoint());  // it may have left already
  server.events->joined(visit);
  return visit;
}

bool is_last(const TcpServeOptions& options, const TcpVisit& visit) {
  if (options.join != nullptr) return true;
  if (!options.once) return false;
  if (visit.sent_bytes > 0) return true;
  return options.service == Service::discard && visit.received_bytes > 0;
}

void part(TcpServer& server, const TcpVisit& visit, Parting parting) {
  server.totals.received_bytes += visit.received_bytes;
  server.totals.sent_bytes += visit.sent_bytes;
  if (parting == Parting::stopped) ++server.totals.cut_clients;
  if (is_last(server.options, visit)) server.answered = true;
  if (server.events != nullptr) server.events->left(visit, parting);
  server.leave();
}

// Any conversation, with all that is told about it.
template <TcpTalk talk>
Task<> visit_client(TcpServer& server, Stream stream) {
  TcpVisit visit = welcome(server, stream);
  const Parting parting = co_await talk(server, stream, visit);
  part(server, visit, parting);
}

Task<> say_last_word(Stream& stream) {
  // A client that has left already needs none.
  [[maybe_unused]] const auto said = co_await stream.shutdown_write();
}

// Agrees on TLS first, and says goodbye in its way, without which the client could not tell the end
// from an attack. That is also worth a moment when this server is told to stop.
Task<Parting> talk_tls(TcpTalk talk, TcpServer& server, Stream stream, TcpVisit& visit) {
  const Deadline agreed_by = Deadline::after(k_handshake).or_earlier(server.idle_deadline());
  auto tls =
      co_await tls_accept(std::move(stream), server.options.certificate->current(), agreed_by);
  if (!tls) {
    visit.fault = tls.error();
    co_return tls.error().fault() == Fault::cancelled ? Parting::stopped : Parting::no_tls;
  }
  const Parting parting = co_await talk(server, *tls, visit);
  co_await with_shield(Deadline::after(k_goodbye), say_last_word(*tls));
  co_return parting;
}

template <TcpTalk talk>
Task<> visit_tls_client(TcpServer& server, Stream stream) {
  TcpVisit visit = welcome(server, stream);
  const Parting parting = co_await talk_tls(talk, server, std::move(stream), visit);
  part(server, visit, parting);
}

template <TcpTalk talk>
TcpClientTask task_for(const TcpServer& server) {
  return server.options.certificate == nullptr ? visit_client<talk> : visit_tls_client<talk>;
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

void TcpServer::hear(TcpVisit& visit, std::span<const std::byte> bytes) {
  visit.received_bytes += bytes.size();
  tell(visit, as_text(bytes));
}

void TcpServer::tell(const TcpVisit& visit, std::string_view message) {
  if (events != nullptr) events->message(visit, std::as_bytes(std::span(message)));
}

TcpClientTask choose_client_task(const TcpServer& server) {
  const TcpServeOptions& options = server.options;
  if (options.join != nullptr) return task_for<join_streams>(server);
  if (options.reply) {
    return options.lines ? task_for<answer_lines>(server) : task_for<answer_each>(server);
  }
  switch (options.service) {
    case Service::echo: break;
    case Service::discard: return task_for<discard>(server);
    case Service::chargen: return task_for<chargen>(server);
    case Service::daytime: return task_for<daytime>(server);
    case Service::time: return task_for<time_of_day>(server);
  }
  const bool plain = server.events == nullptr && !options.once && options.certificate == nullptr;
  return plain ? echo_quietly : task_for<echo>(server);
}

}  // namespace patchbay
