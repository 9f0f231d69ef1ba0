#include "patchbay/tools/echo/serve_tcp_talks.hpp"

#include <cerrno>

#include "patchbay/base/text.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/wire/line_splitter.hpp"

namespace patchbay {

namespace {

// Replies to the lines of one receive go out together, up to so many bytes at a time.
constexpr std::size_t k_reply_bytes = 64 * 1024;

constexpr Duration k_goodbye = 2s;

// What a failed operation says about the client. `on_deadline`: what a passed deadline means for
// it.
Parting parting_of(const Error& error, Parting on_deadline) {
  switch (error.fault()) {
    case Fault::cancelled: return Parting::stopped;
    case Fault::closed: return Parting::reset;
    // The kernel's own "timed out" is that of probes which nobody answered.
    case Fault::timed_out: return error.code() == ETIMEDOUT ? Parting::lost : on_deadline;
    default: return Parting::lost;
  }
}

// Closing while bytes of the client lie unread makes the kernel reset the connection, and the reset
// destroys what the client has not read yet: so end our side, and let it end its own.
Task<> say_goodbye(Stream& stream) {
  const Deadline limit = Deadline::after(k_goodbye);
  if (const auto ended = co_await stream.shutdown_write(limit); !ended) co_return;
  for (;;) {
    const auto ignored = co_await stream.receive(limit);
    if (!ignored || ignored->empty()) co_return;
  }
}

// Sends all there is to say, and ends.
Task<Parting> say(TcpServer& server, Stream& stream, TcpVisit& visit, std::string text) {
  const auto sent = co_await stream.write_all(text, server.idle_deadline());
  if (!sent) co_return parting_of(sent.error(), Parting::not_reading);
  visit.sent_bytes += text.size();
  co_await say_goodbye(stream);
  co_return Parting::answered;
}

Task<Result<>> generate_characters(TcpServer& server, Stream& stream, TcpVisit& visit) {
  for (;;) {
    const auto sent = co_await stream.write_all(chargen_pattern(), server.idle_deadline());
    if (!sent) co_return sent.error();
    visit.sent_bytes += chargen_pattern().size();
  }
}

// The client may end its side and go on listening, so its end is no end here.
Task<Result<>> throw_away(TcpServer& server, Stream& stream, TcpVisit& visit) {
  for (;;) {
    const auto data = co_await stream.receive();
    if (!data) co_return data.error();
    if (data->empty()) co_return ok();
    server.hear(visit, data->bytes());
  }
}

}  // namespace

Task<Parting> echo(TcpServer& server, Stream& stream, TcpVisit& visit) {
  for (;;) {
    const auto data = co_await stream.receive(server.idle_deadline());
    if (!data) co_return parting_of(data.error(), Parting::idle);
    if (data->empty()) co_return Parting::left;
    server.hear(visit, data->bytes());
    const auto sent = co_await stream.write_all(data->bytes(), server.idle_deadline());
    if (!sent) co_return parting_of(sent.error(), Parting::not_reading);
    visit.sent_bytes += data->size();
    if (!server.options.once) continue;
    co_await say_goodbye(stream);
    co_return Parting::answered;
  }
}

Task<Parting> discard(TcpServer& server, Stream& stream, TcpVisit& visit) {
  for (;;) {
    const auto data = co_await stream.receive(server.idle_deadline());
    if (!data) co_return parting_of(data.error(), Parting::idle);
    if (data->empty()) co_return Parting::left;
    server.hear(visit, data->bytes());
  }
}

Task<Parting> chargen(TcpServer& server, Stream& stream, TcpVisit& visit) {
  const auto ended =
      co_await both(generate_characters(server, stream, visit), throw_away(server, stream, visit));
  co_return ended ? Parting::left : parting_of(ended.error(), Parting::not_reading);
}

Task<Parting> daytime(TcpServer& server, Stream& stream, TcpVisit& visit) {
  return say(server, stream, visit, daytime_line(Loop::current().wall_clock()));
}

Task<Parting> time_of_day(TcpServer& server, Stream& stream, TcpVisit& visit) {
  const auto number = time_number(Loop::current().wall_clock());
  return say(server, stream, visit, std::string(as_text(number)));
}

Task<Parting> answer_each(TcpServer& server, Stream& stream, TcpVisit& visit) {
  for (;;) {
    const auto data = co_await stream.receive(server.idle_deadline());
    if (!data) co_return parting_of(data.error(), Parting::idle);
    if (data->empty()) co_return Parting::left;
    server.hear(visit, data->bytes());
    // The lease is kept meanwhile: it is what makes the pool lend less while many wait here.
    const std::string reply = server.options.reply->fill(data->text());
    const auto sent = co_await stream.write_all(reply, server.idle_deadline());
    if (!sent) co_return parting_of(sent.error(), Parting::not_reading);
    visit.sent_bytes += reply.size();
    if (!server.options.once) continue;
    co_await say_goodbye(stream);
    co_return Parting::answered;
  }
}

namespace {

// Takes lines off `data`, or the last one at the `end` of the stream, and returns the replies to as
// many as make one write.
std::string answer_some(TcpServer& server, const TcpVisit& visit, LineSplitter& lines,
                        std::string_view& data, bool end) {
  std::string replies;
  while (replies.size() < k_reply_bytes && !lines.too_long()) {
    const auto line = end ? lines.last() : lines.next(data);
    if (!line || line->too_long) break;
    server.tell(visit, line->text);
    server.options.reply->fill_into(replies, line->text);
    replies += line->ending;
    if (server.options.once) break;
  }
  return replies;
}

}  // namespace

Task<Parting> answer_lines(TcpServer& server, Stream& stream, TcpVisit& visit) {
  LineSplitter lines(server.options.line_bytes);
  Deadline line_by;
  for (;;) {
    const auto data = co_await stream.receive(server.idle_deadline().or_earlier(line_by));
    if (!data) {
      const bool in_line = line_by.at() <= Loop::current().now();
      co_return parting_of(data.error(), in_line ? Parting::slow_line : Parting::idle);
    }
    visit.received_bytes += data->size();
    std::string_view rest = data->text();
    for (;;) {
      const std::string replies = answer_some(server, visit, lines, rest, data->empty());
      if (replies.empty()) break;
      line_by = Deadline::never();
      const auto sent = co_await stream.write_all(replies, server.idle_deadline());
      if (!sent) co_return parting_of(sent.error(), Parting::not_reading);
      visit.sent_bytes += replies.size();
      if (!server.options.once) continue;
      co_await say_goodbye(stream);
      co_return Parting::answered;
    }
    if (lines.too_long()) co_return Parting::long_line;
    if (data->empty()) co_return Parting::left;
    if (lines.unfinished() && line_by.is_never()) line_by = server.idle_deadline();
  }
}

Task<Parting> join_streams(TcpServer& server, Stream& stream, TcpVisit& visit) {
  TcpJoin& join = *server.options.join;
  RelayTotals totals;
  const auto ended = co_await relay({.peer = stream, .input = join.input, .output = join.output},
                                    join.relay, totals);
  visit.received_bytes = totals.received_bytes;
  visit.sent_bytes = totals.sent_bytes;
  co_return ended ? Parting::left : parting_of(ended.error(), Parting::idle);
}

}  // namespace patchbay
