#include "patchbay/tools/echo/connect_tcp.hpp"

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

Error no_answer(const Stream& stream, const Error& fault) {
  const auto peer = stream.peer();
  return peer ? fault.about(peer->to_string()) : fault;
}

// Adds what came next to the answer. True: the answer is not whole yet.
bool take(TcpAnswer& answer, const Result<Lease>& piece, const AskOptions& options,
          Deadline whole_by) {
  if (!piece) {
    const bool in_time = Loop::current().now() < whole_by.at();
    if (piece.error().fault() == Fault::timed_out) {
      answer.end = in_time ? AnswerEnd::quiet : AnswerEnd::deadline;
    } else {
      answer.end = AnswerEnd::broken;
      answer.fault = piece.error();
    }
    return false;
  }
  answer.end = AnswerEnd::peer;
  if (piece->empty()) return false;
  const std::size_t room = options.max_answer_bytes - answer.bytes.size();
  answer.bytes += piece->text().substr(0, room);
  answer.end = AnswerEnd::limit;
  if (options.expect != nullptr && options.expect->matches(answer.bytes)) {
    answer.matched = true;
    answer.end = AnswerEnd::matched;
    return false;
  }
  return answer.bytes.size() < options.max_answer_bytes;
}

}  // namespace

const char* name_of(AnswerEnd end) {
  switch (end) {
    case AnswerEnd::peer: return "peer";
    case AnswerEnd::quiet: return "quiet";
    case AnswerEnd::matched: return "matched";
    case AnswerEnd::limit: return "limit";
    case AnswerEnd::deadline: return "deadline";
    case AnswerEnd::broken: return "broken";
  }
  return "";
}

Task<Result<TcpConnection>> connect_tcp(TcpConnectOptions options) {
  const Instant begin = Loop::current().now();
  const Deadline deadline = Deadline::after(options.timeout);
  auto stream = co_await TcpStream::connect(options.to, options.connect, deadline);
  if (!stream) co_return stream.error();
  const auto local = stream->local();
  const auto peer = stream->peer();
  const auto settings = stream->settings();
  if (!local) co_return local.error();
  if (!peer) co_return peer.error().about(options.to.to_string());
  if (!settings) co_return settings.error();
  TcpConnection connection{std::move(*stream), *local, *peer, *settings};
  if (options.tls) {
    const auto context = TlsContext::client(*options.tls);
    if (!context) co_return context.error();
    auto tls =
        co_await tls_connect(std::move(connection.stream), *context, options.to.host, deadline);
    if (!tls) co_return tls.error();
    connection.tls = tls->info();
    connection.stream = std::move(*tls);
  }
  connection.took = Loop::current().now() - begin;
  co_return connection;
}

Task<Result<TcpAnswer>> ask_tcp(Stream& stream, AskOptions options) {
  const Instant begin = Loop::current().now();
  const Deadline whole_by = Deadline::after(options.timeout);
  const auto sent = co_await stream.write_all(options.question, whole_by);
  if (!sent) co_return sent.error();

  TcpAnswer answer;
  answer.matched = options.expect == nullptr;
  Deadline next_by = whole_by;
  while (take(answer, co_await stream.receive(next_by), options, whole_by)) {
    answer.took = Loop::current().now() - begin;
    // Silence ends only an answer of which nothing more is asked.
    if (options.expect == nullptr) next_by = Deadline::after(options.quiet).or_earlier(whole_by);
  }
  if (!answer.bytes.empty()) co_return answer;
  if (answer.fault) co_return *answer.fault;
  if (answer.end == AnswerEnd::peer) {
    co_return no_answer(stream, Error(Fault::closed, "get an answer from",
                                      "the peer ended the connection without one",
                                      "check what it expects: --crlf ends lines as most protocols "
                                      "do, --tls speaks TLS"));
  }
  co_return no_answer(
      stream, Error(Fault::timed_out, "get an answer from", "the peer did not answer in time",
                    "allow more with --timeout, or check what the peer expects"));
}

}  // namespace patchbay
