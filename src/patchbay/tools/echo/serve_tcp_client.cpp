#include "patchbay/tools/echo/serve_tcp_client.hpp"

#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/echo/serve_tcp_talks.hpp"

namespace patchbay {

namespace {

// The operations of the quiet echo. Why one failed makes no difference to it, and a Result would take
// the room of an Error in the frame of every idle client; so would one in a function that is inlined
// there.
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
      : WriteAllOp(&stream.port(), stream.handle(), bytes, deadline, failed_) {}
  [[gnu::noinline]] bool await_resume() { return WriteAllOp::await_resume().has_value(); }

 private:
  bool failed_ = false;  // no write follows one that failed
};

// Echo and nothing else: all that an idle connection costs is this frame, and a message costs a read,
// a write and two additions.
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
  if (options.join != nullptr) return visit_client<join_streams>;
  if (options.reply) return options.lines ? visit_client<answer_lines> : visit_client<answer_each>;
  switch (options.service) {
    case Service::echo: break;
    case Service::discard: return visit_client<discard>;
    case Service::chargen: return visit_client<chargen>;
    case Service::daytime: return visit_client<daytime>;
    case Service::time: return visit_client<time_of_day>;
  }
  const bool plain = server.events == nullptr && !options.once;
  return plain ? echo_quietly : visit_client<echo>;
}

}  // namespace patchbay
