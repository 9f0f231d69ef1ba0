#include "patchbay/tools/http/probe.hpp"

#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_answers = 2;  // to a question and the request behind it

// Until when to wait for more: for as long as an answer is owed, and then a little, since there
// might be one too many.
Deadline next_by(const ProbeReader& reader, const HttpQuestion& question,
                 const ProbeOptions& options, Deadline whole_by) {
  const std::size_t whole = reader.whole_answers();
  const bool more_owed = whole < k_answers && (whole == 0 || reader.keeps_alive());
  const bool refused = whole == 1 && question.after != HttpQuestion::After::next &&
                       reader.heard().answers.front().status >= 400;
  if (more_owed && !refused) return whole_by;
  return Deadline::after(options.settle).or_earlier(whole_by);
}

}  // namespace

ProbeTarget probe_target(const HttpUrl& url) { return {url.authority(), url.target}; }

Task<Result<ProbeHeard>> ask_question(const ProbeOptions& options, const HttpQuestion& question) {
  const Deadline whole_by = Deadline::after(options.timeout);
  auto dialed = co_await dial_http(options.url, {.tls = options.tls}, whole_by);
  if (!dialed) co_return dialed.error();
  Stream& stream = dialed->stream;
  const Instant began = Loop::current().now();
  const ProbeTarget target = probe_target(options.url);
  const std::string first = question_bytes(question, target);
  ProbeReader reader(methods_of(first));
  // A server may answer and end before it has read all; what it said is still to be heard.
  [[maybe_unused]] const auto sent =
      co_await stream.write_all(first + harmless_request(target), whole_by);
  while (!reader.useless()) {
    const auto piece = co_await stream.receive(next_by(reader, question, options, whole_by));
    if (!piece && piece.error().fault() == Fault::cancelled) co_return piece.error();
    if (!piece) {
      if (piece.error().fault() != Fault::timed_out) reader.end(ProbeEnd::reset);
      break;
    }
    if (piece->empty()) {
      reader.end(ProbeEnd::closed);
      break;
    }
    reader.take(piece->text());
  }
  ProbeHeard heard = reader.heard();
  heard.took = Loop::current().now() - began;
  co_return heard;
}

Task<Result<int>> ask_for_base(const ProbeOptions& options) {
  const auto heard = co_await ask_question(options, http_questions().front());
  if (!heard) co_return heard.error();
  if (!heard->answers.empty()) co_return heard->answers.front().status;
  co_return Error(Fault::protocol, "get an answer from",
                  heard->garbage != nullptr ? heard->garbage : "it does not answer an ordinary GET",
                  "check the URL with `patchbay http get -I`")
      .about(options.url.to_string());
}

}  // namespace patchbay
