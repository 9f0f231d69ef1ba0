#include "patchbay/tools/chat/lines/serve_lines.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <string>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/serve.hpp"
#include "patchbay/wire/line_splitter.hpp"
#include "patchbay/wire/telnet_filter.hpp"

namespace patchbay {

namespace {

// Longer lines are not taken: some five messages' worth.
constexpr std::size_t k_line_bytes = 2048;
constexpr Duration k_goodbye = 2s;
// A name that nothing follows for so long has no line end.
constexpr Duration k_line_end = 2s;
// How often it is looked whether the history's disk has caught up.
constexpr Duration k_history_look = 5ms;

// Whoever only reads is silent for as long as he likes, so it is the kernel that has to find out
// that a client is no longer there: by asking, or by what is not acknowledged.
void keep_alive(TcpStream& stream, Duration silence) {
  const Duration idle = std::clamp<Duration>(silence, 4s, 9h);
  [[maybe_unused]] const auto set = stream.set(TcpOptions{
      .keepalive = {{.idle = idle, .interval = idle / 4, .probes = 4}}, .user_timeout = 2 * idle});
}

// --- what comes ----------------------------------------------------------------------------------

// Takes the lines of one receive, at the pace that the client may have.
Task<> take_lines(LinesSession& session, LineSplitter& lines, std::string_view data) {
  while (!session.is_over()) {
    const auto line = lines.next(data);
    if (!line) co_return;
    if (line->too_long) {
      session.refuse_long_line();
    } else {
      co_await session.take(line->text);
    }
    if (session.hub().outruns_history(session)) {
      do {
        if (!co_await sleep_for(k_history_look)) co_return;
      } while (!session.is_over() && session.hub().history()->is_behind());
    }
    const Instant next = session.next();
    if (next > Loop::current().now() && !co_await sleep_until(Deadline(next))) co_return;
  }
}

// Who is behind with reading is not heard until it has caught up.
Task<> wait_for_reader(LinesSession& session) {
  const ChatHub& hub = session.hub();
  if (ChatHub::waiting_bytes(session) <= hub.settings().limits.soft_send_bytes) co_return;
  if (!co_await yield()) co_return;  // what was said in this turn leaves at its end
  co_await ChatHub::until_taken(session);
}

// What has come without a line end. False: nothing has.
Task<bool> take_rest(LinesSession& session, LineSplitter& lines) {
  const auto last = lines.last();
  if (!last) co_return false;
  co_await session.take(last->text);
  co_return true;
}

bool is_late(const LinesSession& session) {
  return session.patience().at() <= Loop::current().now();
}

// The client that the tutorial shows ends no line: it is known by its name, which nothing follows,
// and for it a message is what a receive brings, as for the tutorial's server. Nobody else is.
Task<> converse(LinesSession& session, Stream& stream) {
  TelnetFilter telnet;
  LineSplitter lines(k_line_bytes);
  bool lacks_ends = false;
  session.begin();
  while (!session.is_over()) {
    const bool halts = lines.unfinished() && !session.has_entered();
    const Deadline line_end = halts ? Deadline::after(k_line_end) : Deadline::never();
    auto data = co_await stream.receive(session.patience().or_earlier(line_end));
    if (!data && halts && data.error().fault() == Fault::timed_out && !is_late(session)) {
      if (co_await take_rest(session, lines)) lacks_ends = true;
      continue;
    }
    if (!data) {
      // Each of them counts only where nothing has ended it before.
      if (data.error().fault() == Fault::timed_out) session.end("You have not said who you are");
      if (data.error().fault() == Fault::cancelled) session.end("The server is going down");
      co_return;
    }
    if (data->empty()) {
      // What was typed without a line end counts: printf has none.
      (void)co_await take_rest(session, lines);
      co_return;
    }
    co_await take_lines(session, lines, telnet.strip(data->bytes()));
    if (lacks_ends && !session.is_over()) (void)co_await take_rest(session, lines);
    co_await wait_for_reader(session);
  }
}

// --- a client's stay -----------------------------------------------------------------------------

// The client gets what it was to be sent, then the last words, and an end that it can tell from an
// accident: closing while bytes of it lie unread would reset the connection, and destroy what is on
// its way.
Task<> part(LinesSession& session, Stream& stream) {
  session.leave("Connection closed");
  co_await ChatHub::until_taken(session);
  if (session.outlet.is_blocked()) co_return;  // it takes nothing
  const std::size_t all = session.hub().settings().limits.hard_send_bytes;
  const std::string rest = ChatHub::take(session, all) + session.last_words();
  if (const auto said = co_await stream.write_all(rest); !said) co_return;
  if (const auto ended = co_await stream.shutdown_write(); !ended) co_return;
  for (;;) {
    const auto ignored = co_await stream.receive();
    if (!ignored || ignored->empty()) co_return;
  }
}

Task<> turn_away(Stream& stream, const char* why) {
  std::string line;
  append_lines_notice(line, why);
  if (const auto said = co_await stream.write_all(line); !said) co_return;
  [[maybe_unused]] const auto ended = co_await stream.shutdown_write();
}

Task<> visit(TcpStream stream, LinesServer& server) {
  const auto peer = stream.peer();
  if (!peer) co_return;  // it has left already
  const ChatLimits& limits = server.hub.settings().limits;
  auto ticket = server.doorkeeper.admit(peer->address(), limits);
  if (!ticket) {
    co_await with_deadline(Deadline::after(k_goodbye), turn_away(stream, ticket.error()));
    co_return;
  }
  keep_alive(stream, limits.ping_after);
  // So that somebody else can end the conversation, and not the goodbye.
  Scope scope(&co_await current_scope());
  LinesSession session(server, stream, *peer, scope, std::move(*ticket));
  Task<> conversation = converse(session, stream);
  conversation.set_scope(scope);
  co_await conversation;
  co_await with_shield(Deadline::after(k_goodbye), part(session, stream));
}

}  // namespace

Task<Result<>> serve_lines(TcpListener& listener, LinesServer& server) {
  return serve_each(listener, visit, std::ref(server));
}

}  // namespace patchbay
