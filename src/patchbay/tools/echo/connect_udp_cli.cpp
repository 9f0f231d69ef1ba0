#include <fmt/format.h>

#include <optional>

#include "patchbay/base/hex_dump.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/net/standard_streams.hpp"
#include "patchbay/tools/connect_failure.hpp"
#include "patchbay/tools/echo/connect_cli.hpp"
#include "patchbay/tools/echo/connect_flags.hpp"
#include "patchbay/tools/echo/connect_shared.hpp"
#include "patchbay/tools/echo/connect_tcp_expect.hpp"
#include "patchbay/tools/echo/connect_udp.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/run_tool.hpp"

namespace patchbay {

namespace {

struct Plan {
  UdpConnectOptions connect;
  std::optional<AskUdpOptions> ask;
  std::optional<Expectation> expect;
  UdpRelayOptions relay;
  bool hex = false;
};

std::expected<Plan, Failure> plan_of(const ConnectFlags& flags) {
  auto wish = read_connect_flags(flags);
  if (!wish) return std::unexpected(wish.error());
  Plan plan{.expect = std::move(wish->expect), .hex = flags.hex};
  plan.connect.to = wish->to;
  plan.connect.timeout = wish->timeout;
  plan.connect.local = wish->local;
  plan.relay.crlf = flags.crlf;
  if (flags.timeout) plan.relay.linger = *flags.timeout;
  if (wish->question) {
    plan.ask.emplace(AskUdpOptions{.question = *wish->question, .timeout = wish->timeout});
  }
  return plan;
}

int fail_to_ask(Output& out, const Plan& plan, const Error& error, unsigned sent) {
  out.totals().count("sent_datagrams", sent);
  if (error.fault() != Fault::timed_out) return fail_to_talk(out, plan.connect.to, error);
  return out.fail(
      Failure(fmt::format("request timed out after {}, {} sent", format_duration(plan.ask->timeout),
                          format_count(sent, "datagram")),
              fmt::format("{} did not answer", escape_terminal(plan.connect.to.to_string())),
              "allow more with --timeout; UDP does not tell a lost question from a "
              "peer that keeps silent"),
      exit_failed);
}

void show_answer(Output& out, const Plan& plan, const UdpAnswer& answer, bool matched) {
  if (out.json()) {
    Record record("answer");
    describe_bytes(record, answer.bytes, plan.hex);
    out.emit(record.time_us("took_us", answer.took).flag("matched", matched));
    return;
  }
  const std::string received = fmt::format("[*] Received: {}", line_of(answer.bytes));
  if (plan.hex) {
    out.note(fmt::format("[*] Received: {}", format_size(answer.bytes.size())));
    out.print(HexDumper("> ").next(plan.ask->question) + HexDumper("< ").next(answer.bytes));
  } else if (out.out_is_terminal()) {
    out.print(received);
  } else {
    out.note(received);
    out.write(answer.bytes);
  }
}

Task<int> ask(const Plan& plan, Output& out, UdpSocket& socket) {
  const std::string name = escape_terminal(plan.connect.to.to_string());
  out.note(fmt::format("[*] Sent to {}: {}", name, line_of(plan.ask->question)));
  if (out.json()) {
    Record record("sent");
    describe_bytes(record, plan.ask->question, plan.hex);
    out.emit(record);
  }
  unsigned sent = 0;
  const auto answer = co_await ask_udp(socket, *plan.ask, sent);
  if (!answer) co_return fail_to_ask(out, plan, answer.error(), sent);
  const bool matched = !plan.expect || plan.expect->matches(answer->bytes);
  show_answer(out, plan, *answer, matched);
  out.detail(1, fmt::format("    the answer to 1 of {}, in {}", format_count(sent, "datagram"),
                            format_duration(answer->took)));
  out.totals()
      .count("sent_datagrams", sent)
      .bytes("sent_bytes", sent * plan.ask->question.size())
      .bytes("received_bytes", answer->bytes.size());
  if (matched) co_return exit_ok;
  co_return fail_to_match(out, "the first answer does not");
}

Task<int> join_standard_streams(const Plan& plan, Output& out, UdpSocket& socket) {
  auto input = open_standard_input();
  if (!input) co_return out.fail(input.error());
  auto output = open_standard_output();
  if (!output) co_return out.fail(output.error());
  const auto view = view_for(out, plan.hex);
  UdpRelayOptions options = plan.relay;
  options.view = view.get();
  UdpRelayTotals totals;
  const auto ended = co_await relay_udp({socket, *input, *output}, options, totals);
  out.totals()
      .count("sent_datagrams", totals.sent_datagrams)
      .count("received_datagrams", totals.received_datagrams)
      .bytes("sent_bytes", totals.sent_bytes)
      .bytes("received_bytes", totals.received_bytes);
  out.detail(
      1, fmt::format("    {} sent, {} received", format_count(totals.sent_datagrams, "datagram"),
                     totals.received_datagrams));
  co_return ended ? exit_ok : fail_to_talk(out, plan.connect.to, ended.error());
}

Task<int> connect_and_talk(const Plan& plan, Output& out) {
  auto socket = co_await connect_udp(plan.connect);
  if (!socket)
    co_return fail_to_connect(out, plan.connect.to, socket.error(), plan.connect.timeout);
  if (const auto local = socket->local()) {
    const auto peer = socket->peer();
    out.detail(1, fmt::format("    {} -> {}", local->to_string(),
                              peer ? peer->to_string() : plan.connect.to.to_string()));
  }
  if (plan.ask) co_return co_await ask(plan, out, *socket);
  co_return co_await join_standard_streams(plan, out, *socket);
}

int run_udp_connect(const ConnectFlags& flags, Output& out) {
  const auto plan = plan_of(flags);
  if (!plan) return out.fail(plan.error(), exit_usage);
  return run_tool(connect_and_talk(*plan, out), out);
}

}  // namespace

void declare_udp_connect(Command& udp) {
  auto [connect, o] = udp.add("connect", "talk to a UDP server", run_udp_connect);
  declare_connect_flags(connect, o);
  connect.example("patchbay udp connect 127.0.0.1:5001 --send 'Hello UDP!'",
                  "one question and its answer");
  connect.describe(
      "With --send, the question is one datagram. It is sent again after 0.5 s, and each time "
      "after twice as long, until an answer comes or the timeout is over.\n\n"
      "Without --send, each line of standard input is a datagram and every answer goes to "
      "standard output. After the end of the input it ends when no answer has come for --timeout "
      "(then 1s). Only the peer is heard. That nobody listens there ends it at once, when the "
      "host says so.");
}

}  // namespace patchbay
