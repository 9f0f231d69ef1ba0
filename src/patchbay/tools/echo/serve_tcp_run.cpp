#include "patchbay/tools/echo/serve_tcp_run.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "patchbay/net/group.hpp"
#include "patchbay/net/run.hpp"
#include "patchbay/net/signals.hpp"
#include "patchbay/net/standard_streams.hpp"
#include "patchbay/tools/echo/serve_printer.hpp"
#include "patchbay/tools/echo/serve_report.hpp"
#include "patchbay/tools/serve_loops.hpp"
#include "patchbay/tools/serve_ports.hpp"
#include "patchbay/tools/serve_stop.hpp"

namespace patchbay {

namespace {

using Ports = ServerPorts<TcpListener>;

// Joins the one client to standard input and output, as `nc -l` does.
Task<Result<>> serve_joined(TcpServePlan& plan, TcpServeOptions options,
                            std::vector<TcpListener> listeners, TcpServeEvents* events) {
  auto input = open_standard_input();
  if (!input) co_return input.error();
  auto output = open_standard_output();
  if (!output) co_return output.error();
  // On a terminal somebody reads and types: what comes is escaped, and there is nobody to type to
  // when the client has left.
  const auto view = ::isatty(STDOUT_FILENO) != 0 ? make_escaped_view() : nullptr;
  TcpJoin join{.input = *input, .output = *output};
  join.relay.view = view.get();
  join.relay.end_with_peer = ::isatty(STDIN_FILENO) != 0;
  if (plan.serve.idle != Duration::max()) join.relay.timeout = plan.serve.idle;
  options.join = &join;
  co_return co_await serve_tcp(std::move(listeners), std::move(options), plan.totals[0], events);
}

// SIGHUP means: read the certificate again. One thread takes the signal for all.
Task<Result<>> reload_on_hangup(TcpServePlan& plan, ServerCertificate& certificate, Output& out) {
  auto signals = Signals::watch(std::array{SIGHUP});
  if (!signals) co_return signals.error();
  for (;;) {
    const auto signal = co_await signals->next();
    if (!signal) co_return signal.error();
    const auto reloaded = certificate.reload();
    if (!reloaded) {
      out.warn(fmt::format("the former certificate stays: {}: {}", reloaded.error().what(),
                           reloaded.error().why()));
      continue;
    }
    plan.reloads.ask();
    out.note("[*] The certificate was read again");
  }
}

Task<Result<>> serve_listeners(TcpServePlan& plan, unsigned index, TcpServeOptions options,
                               std::vector<TcpListener> listeners, TcpServeEvents* events) {
  if (plan.joins_stdio) {
    return serve_joined(plan, std::move(options), std::move(listeners), events);
  }
  return serve_tcp(std::move(listeners), std::move(options), plan.totals[index], events);
}

// With TLS, where that is wanted.
Task<Result<>> serve_securely(TcpServePlan& plan, unsigned index,
                              std::vector<TcpListener> listeners, TcpServeEvents* events,
                              Output& out) {
  if (!plan.tls) {
    co_return co_await serve_listeners(plan, index, plan.serve, std::move(listeners), events);
  }
  auto context = TlsContext::server(*plan.tls);
  if (!context) co_return context.error();
  ServerCertificate certificate(std::move(*context), plan.reloads);
  TcpServeOptions options = plan.serve;
  options.certificate = &certificate;
  auto serving = serve_listeners(plan, index, std::move(options), std::move(listeners), events);
  if (index != 0) co_return co_await serving;
  co_return co_await either(std::move(serving), reload_on_hangup(plan, certificate, out));
}

Task<int> serve_thread(TcpServePlan& plan, const Ports& ports, unsigned index, Output& out) {
  auto listeners = ports.open(out);
  if (!listeners) co_return listeners.error();
  if (index == 0) {
    for (const TcpListener& listener : *listeners) {
      print_listening(out, "Server", listener.local(), plan.answers);
      print_settings(out, listener, plan.listen);
    }
  }
  TcpServePrinter printer(out, plan.serve, plan.joins_stdio);
  TcpServeEvents* const events = plan.tells ? &printer : nullptr;
  const auto served = co_await serve_securely(plan, index, std::move(*listeners), events, out);
  // Being told to stop is no failure; what it was by decides the exit code.
  if (!served && served.error().fault() != Fault::cancelled) co_return out.fail(served.error());
  co_return exit_ok;
}

TcpServeTotals sum_of(const std::vector<TcpServeTotals>& all) {
  TcpServeTotals sum;
  for (const TcpServeTotals& one : all) {
    sum.clients += one.clients;
    sum.cut_clients += one.cut_clients;
    sum.received_bytes += one.received_bytes;
    sum.sent_bytes += one.sent_bytes;
  }
  return sum;
}

}  // namespace

int run_tcp_server(TcpServePlan& plan, Output& out) {
  Ports ports(Transport::tcp, "patchbay tcp serve", plan.endpoints, plan.threads,
              [&plan](const Endpoint& endpoint, Ports::Use use) {
                ListenOptions options = plan.listen;
                options.reuse_port = use == Ports::Use::shared;
                options.listen = use != Ports::Use::held;
                return TcpListener::bind(endpoint, options);
              });
  if (const auto code = ports.settle(out)) return *code;
  const auto ran = run_server_loops(
      {.threads = plan.threads, .takes_hangup = plan.tls.has_value()},
      [&](unsigned index) { return serve_thread(plan, ports, index, out); }, out);
  if (!ran) return out.fail(ran.error());

  const TcpServeTotals sum = sum_of(plan.totals);
  out.totals()
      .count("clients", sum.clients)
      .count("cut_clients", sum.cut_clients)
      .bytes("received_bytes", sum.received_bytes)
      .bytes("sent_bytes", sum.sent_bytes);
  return print_stop(out, *ran, sum.cut_clients);
}

}  // namespace patchbay
