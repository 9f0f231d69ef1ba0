#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <optional>

#include "patchbay/base/hex_dump.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/net/standard_streams.hpp"
#include "patchbay/tools/connect_failure.hpp"
#include "patchbay/tools/echo/connect_cli.hpp"
#include "patchbay/tools/echo/connect_flags.hpp"
#include "patchbay/tools/echo/connect_shared.hpp"
#include "patchbay/tools/echo/connect_tcp.hpp"
#include "patchbay/tools/echo/connect_tcp_relay.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/run_tool.hpp"

namespace patchbay {

namespace {

struct TcpConnectFlags : ConnectFlags {
  bool tls = false;
  bool insecure = false;
  std::vector<std::string> pins;
  std::optional<std::string> ca_file;
};

constexpr Duration k_goodbye = 1s;

// Everything that the command line says, checked and in the types of the library.
struct Plan {
  TcpConnectOptions connect;
  std::optional<AskOptions> ask;
  std::optional<Expectation> expect;
  std::optional<Duration> idle;
  bool hex = false;
  bool crlf = false;
};

std::expected<TlsClientOptions, Failure> tls_of(const TcpConnectFlags& flags) {
  TlsClientOptions tls{.verify = !flags.insecure, .ca_file = flags.ca_file.value_or("")};
  for (const std::string& word : flags.pins) {
    const auto pin = TlsPin::parse(word);
    if (!pin) return std::unexpected(Failure(pin.error()));
    tls.pins.push_back(*pin);
  }
  return tls;
}

std::expected<Plan, Failure> plan_of(const TcpConnectFlags& flags) {
  auto wish = read_connect_flags(flags);
  if (!wish) return std::unexpected(wish.error());
  Plan plan{.expect = std::move(wish->expect),
            .idle = flags.timeout,
            .hex = flags.hex,
            .crlf = flags.crlf};
  plan.connect.to = wish->to;
  plan.connect.timeout = wish->timeout;
  plan.connect.connect.local = wish->local;
  if (wish->question) {
    plan.ask.emplace(AskOptions{.question = *wish->question, .timeout = wish->timeout});
  }
  if (!flags.tls) return plan;
  const auto tls = tls_of(flags);
  if (!tls) return std::unexpected(tls.error());
  plan.connect.tls = *tls;
  return plan;
}

void tell_connection(Output& out, const Plan& plan, const TcpConnection& connection) {
  const std::string name = escape_terminal(plan.connect.to.to_string());
  out.note(fmt::format("[+] Connected to {}", name));
  const TcpSettings& in_force = connection.settings;
  out.detail(1, fmt::format("    {} -> {} in {}", connection.local.to_string(),
                            connection.peer.to_string(), format_duration(connection.took)));
  out.detail(1, fmt::format(
                    "    no delay {}, receive buffer {}, send buffer {}, congestion {}",
                    in_force.no_delay ? "on" : "off", format_size(in_force.receive_buffer_bytes),
                    format_size(in_force.send_buffer_bytes), escape_terminal(in_force.congestion)));
  if (const auto& tls = connection.tls) {
    out.detail(1, fmt::format("    {}, {}, certificate {}", tls->version, tls->cipher,
                              escape_terminal(tls->verification)));
    if (tls->peer) {
      out.detail(1, fmt::format("    {}, key {}", escape_terminal(tls->peer->subject),
                                tls->peer->pin.to_string()));
    }
  }
  if (!out.json()) return;
  Record record("connected");
  record.text("target", plan.connect.to.to_string())
      .text("peer", connection.peer.to_string())
      .text("local", connection.local.to_string())
      .time_us("took_us", connection.took)
      .flag("no_delay", in_force.no_delay)
      .bytes("receive_buffer_bytes", in_force.receive_buffer_bytes)
      .bytes("send_buffer_bytes", in_force.send_buffer_bytes)
      .text("congestion", in_force.congestion);
  if (const auto& tls = connection.tls) {
    record.text("tls_version", tls->version)
        .text("tls_cipher", tls->cipher)
        .flag("verified", tls->verified);
    if (tls->peer) record.text("pin", tls->peer->pin.to_string());
  }
  out.emit(record);
}

// The answer is the result. A reader gets it escaped behind the tutorial's words, a program as it
// is.
void show_answer(Output& out, const Plan& plan, const TcpAnswer& answer) {
  if (out.json()) {
    Record record("answer");
    describe_bytes(record, answer.bytes, plan.hex);
    out.emit(record.time_us("took_us", answer.took)
                 .text("ended_by", name_of(answer.end))
                 .flag("matched", answer.matched));
    return;
  }
  const std::string received = fmt::format("[*] Received: {}", line_of(answer.bytes));
  if (plan.hex) {
    out.note(fmt::format("[*] Received: {}", format_size(answer.bytes.size())));
    out.print(HexDumper("< ").next(answer.bytes));
  } else if (out.out_is_terminal()) {
    out.print(received);
  } else {
    out.note(received);
    out.write(answer.bytes);
  }
}

void show_question(Output& out, const Plan& plan) {
  const std::string& question = plan.ask->question;
  if (out.json()) {
    Record record("sent");
    describe_bytes(record, question, plan.hex);
    out.emit(record);
  } else if (plan.hex) {
    out.note(fmt::format("[*] Sent: {}", format_size(question.size())));
    out.print(HexDumper("> ").next(question));
  } else {
    out.note(fmt::format("[*] Sent: {}", line_of(question)));
  }
}

int judge_answer(Output& out, const Plan& plan, const TcpAnswer& answer) {
  if (answer.fault) return fail_to_talk(out, plan.connect.to, *answer.fault);
  if (!answer.matched) {
    return fail_to_match(
        out, answer.end == AnswerEnd::deadline
                 ? fmt::format("what came within {} does not", format_duration(plan.ask->timeout))
                 : std::string("the whole answer does not"));
  }
  if (answer.end == AnswerEnd::limit) {
    out.warn(fmt::format("the answer was cut at {}", format_size(plan.ask->max_answer_bytes)));
  }
  return exit_ok;
}

Task<int> ask(Plan& plan, Output& out, TcpConnection& connection) {
  plan.ask->expect = plan.expect ? &*plan.expect : nullptr;
  show_question(out, plan);
  const auto answer = co_await ask_tcp(connection.stream, *plan.ask);
  if (!answer) co_return fail_to_talk(out, plan.connect.to, answer.error());
  if (connection.tls) {
    // Without a goodbye a TLS peer cannot tell our end from an attack; that it has none is its own
    // affair.
    [[maybe_unused]] const auto said =
        co_await connection.stream.shutdown_write(Deadline::after(k_goodbye));
  }
  show_answer(out, plan, *answer);
  out.totals().bytes("sent_bytes", plan.ask->question.size());
  out.totals().bytes("received_bytes", answer->bytes.size());
  co_return judge_answer(out, plan, *answer);
}

// Whoever reads our output learns that the peer has ended, while our input may still go on. The
// descriptor stays taken: the next socket must not become standard output.
void end_standard_output() {
  const int nowhere = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nowhere < 0) return;
  ::dup2(nowhere, STDOUT_FILENO);
  ::close(nowhere);
}

Task<int> join_standard_streams(Plan& plan, Output& out, TcpConnection& connection) {
  auto input = open_standard_input();
  if (!input) co_return out.fail(input.error());
  auto output = open_standard_output();
  if (!output) co_return out.fail(output.error());
  const auto view = view_for(out, plan.hex);
  RelayOptions options{.crlf = plan.crlf,
                       .end_with_peer = ::isatty(STDIN_FILENO) == 1,
                       .timeout = plan.idle,
                       .view = view.get()};
  if (view == nullptr) {
    options.peer_ended = [&output] {
      output->close();
      end_standard_output();
    };
  }
  RelayTotals totals;
  const auto ended =
      co_await relay({connection.stream, *input, *output}, std::move(options), totals);
  out.totals().bytes("sent_bytes", totals.sent_bytes);
  out.totals().bytes("received_bytes", totals.received_bytes);
  out.detail(1, fmt::format("    {} sent, {} received", format_size(totals.sent_bytes),
                            format_size(totals.received_bytes)));
  co_return ended ? exit_ok : fail_to_talk(out, plan.connect.to, ended.error());
}

// The library says what can be done about a certificate; these flags do it.
std::string flags_for(const Error& error) {
  const bool about_trust = std::string_view(error.operation()).starts_with("trust");
  return about_trust ? " (--tls-ca FILE, or --pin SHA256, which --insecure -v shows)" : "";
}

Task<int> connect_and_talk(Plan& plan, Output& out) {
  auto connection = co_await connect_tcp(plan.connect);
  if (!connection) {
    co_return fail_to_connect(out, plan.connect.to, connection.error(), plan.connect.timeout,
                              flags_for(connection.error()));
  }
  tell_connection(out, plan, *connection);
  if (plan.ask) co_return co_await ask(plan, out, *connection);
  co_return co_await join_standard_streams(plan, out, *connection);
}

int run_tcp_connect(const TcpConnectFlags& flags, Output& out) {
  auto plan = plan_of(flags);
  if (!plan) return out.fail(plan.error(), exit_usage);
  if (flags.insecure) {
    out.warn(
        "--insecure: the peer's certificate is not checked, so anybody may be at the other end");
  }
  return run_tool(connect_and_talk(*plan, out), out);
}

}  // namespace

void declare_tcp_connect(Command& tcp) {
  auto [connect, o] = tcp.add("connect", "talk to a TCP server", run_tcp_connect);
  declare_connect_flags(connect, o);
  connect.flag("--tls", toggle(o.tls), "speak TLS; the certificate must be good for HOST");
  connect
      .flag("--pin SHA256", text(o.pins),
            "accept only this public key: the hex SHA-256 of its SPKI")
      .needs("tls");
  connect
      .flag("--tls-ca FILE", file(o.ca_file),
            "trust these authorities (PEM) in place of the system's")
      .needs("tls");
  connect.flag("--insecure", toggle(o.insecure), "accept any certificate, and warn")
      .needs("tls")
      .excludes("pin")
      .not_a_setting();
  connect.example("patchbay tcp connect 127.0.0.1:5000 --send 'Hello Server!'",
                  "one question and its answer");
  connect.example("patchbay tcp connect 192.0.2.1:9000 < backup.tar", "send a file");
  connect.example(
      "printf 'HEAD / HTTP/1.0\\n\\n' | patchbay tcp connect example.net:443 --tls --crlf",
      "ask a web server");
  connect.describe(
      "Without --send, standard input goes to the peer and what it says to standard output. The "
      "end of the input ends the sending side only, and the end of the peer ends the output "
      "only, so that it can stand in a pipe. --timeout then limits connecting and, where it is "
      "given, silence in both directions.\n\n"
      "With --send, the question is sent and the answer printed: escaped on a terminal, as it is "
      "into a pipe. The answer is whole when the peer ends the connection or has been silent for "
      "200 ms; with --expect, as soon as what came matches. It is cut at 1 MiB, and it must be "
      "whole within --timeout.");
}

}  // namespace patchbay
