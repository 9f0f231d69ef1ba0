#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <memory>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/run.hpp"
#include "patchbay/net/signals.hpp"
#include "patchbay/net/standard_streams.hpp"
#include "patchbay/tools/echo/echo_cli.hpp"
#include "patchbay/tools/echo/listen_on.hpp"
#include "patchbay/tools/echo/port_holder.hpp"
#include "patchbay/tools/echo/serve_printer.hpp"
#include "patchbay/tools/echo/serve_report.hpp"
#include "patchbay/tools/echo/serve_tcp.hpp"
#include "patchbay/tools/echo/serve_tls.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

namespace {

constexpr Duration k_idle = 5min;

struct ServeFlags {
  std::optional<std::string> where;
  std::string listen = "127.0.0.1:5000";
  std::optional<std::string> reply;
  bool lines = false;
  Service service = Service::echo;
  bool stdio = false;
  bool once = false;
  unsigned threads = 1;
  std::size_t max_clients = 100'000;
  std::optional<Duration> idle;
  int backlog = 4096;
  std::optional<Duration> keepalive;
  std::optional<std::size_t> receive_buffer;
  std::optional<std::size_t> send_buffer;
  std::string tls_cert;
  std::string tls_key;
};

// All that is known before the first loop runs.
struct ServePlan {
  std::vector<Endpoint> endpoints;
  ListenOptions listen;
  TcpServeOptions serve;
  unsigned threads = 1;
  std::vector<TcpServeTotals> totals;  // one a thread
  bool joins_stdio = false;
  bool tells = true;  // what clients do is printed
  std::optional<TlsServerOptions> tls;
  CertificateReloads reloads;
  std::string answers;
};

using ListenersOrExitCode = std::expected<std::vector<TcpListener>, int>;

ListenersOrExitCode open_listeners(const ServePlan& plan, bool reuse_port, Output& out) {
  ListenOptions options = plan.listen;
  options.reuse_port = reuse_port;
  auto listeners = bind_all<TcpListener>(plan.endpoints, [&options](const Endpoint& endpoint) {
    return TcpListener::bind(endpoint, options);
  });
  if (listeners) return std::move(*listeners);
  const auto& [error, endpoint] = listeners.error();
  return std::unexpected(out.fail(
      explain_bind(error, Transport::tcp, endpoint, "patchbay tcp serve"), exit_code_of(error)));
}

// Several loops share a port by SO_REUSEPORT, which would also let them share that of another server
// of this user. So the port is bound once without it, to learn whether it is free and, for port 0,
// which one it is.
std::optional<int> settle_ports(ServePlan& plan, Output& out) {
  auto loop = Loop::make();
  if (!loop) return out.fail(loop.error());
  const LoopGuard guard(**loop);
  const auto listeners = open_listeners(plan, false, out);
  if (!listeners) return listeners.error();
  plan.endpoints.clear();
  for (const TcpListener& listener : *listeners) plan.endpoints.push_back(listener.local());
  return std::nullopt;
}

// Joins the one client to standard input and output, as `nc -l` does.
Task<Result<>> serve_joined(ServePlan& plan, TcpServeOptions options,
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
Task<Result<>> reload_on_hangup(ServePlan& plan, ServerCertificate& certificate, Output& out) {
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

Task<Result<>> serve_listeners(ServePlan& plan, unsigned index, TcpServeOptions options,
                               std::vector<TcpListener> listeners, TcpServeEvents* events) {
  if (plan.joins_stdio) {
    return serve_joined(plan, std::move(options), std::move(listeners), events);
  }
  return serve_tcp(std::move(listeners), std::move(options), plan.totals[index], events);
}

// With TLS, where that is wanted.
Task<Result<>> serve_securely(ServePlan& plan, unsigned index, std::vector<TcpListener> listeners,
                              TcpServeEvents* events, Output& out) {
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

Task<int> serve_thread(ServePlan& plan, unsigned index, Output& out) {
  auto listeners = open_listeners(plan, plan.threads > 1, out);
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
  if (out.stats()) print_counters(out, Loop::current().counters(), index, plan.threads);
  // Being told to stop is no failure; what it was by decides the exit code.
  if (!served && served.error().fault() != Fault::cancelled) co_return out.fail(served.error());
  co_return exit_ok;
}

std::expected<void, Failure> fill_plan(ServePlan& plan, const ServeFlags& flags,
                                       const Output& out) {
  if (flags.reply) {
    auto reply = ReplyTemplate::parse(*flags.reply);
    if (!reply) return std::unexpected(Failure(reply.error()));
    plan.serve.reply = std::move(*reply);
  }
  if (flags.stdio && out.json()) {
    return std::unexpected(Failure("--stdio cannot stand beside --json",
                                   "stdout carries what the client sends, as it is",
                                   "leave one of them out"));
  }
  plan.serve.service = flags.service;
  plan.serve.lines = flags.lines;
  plan.serve.once = flags.once;
  plan.serve.max_clients = std::max<std::size_t>(1, flags.max_clients / flags.threads);
  plan.serve.idle = flags.idle.value_or(flags.stdio ? Duration::zero() : k_idle);
  if (plan.serve.idle == Duration::zero()) plan.serve.idle = Duration::max();
  plan.listen.backlog = flags.backlog;
  if (flags.keepalive) plan.listen.stream.keepalive = Keepalive{.idle = *flags.keepalive};
  plan.listen.stream.receive_buffer_bytes = flags.receive_buffer;
  plan.listen.stream.send_buffer_bytes = flags.send_buffer;
  plan.threads = flags.threads;
  plan.totals.resize(flags.threads);
  plan.joins_stdio = flags.stdio;
  plan.tells = !out.quiet();
  plan.answers = flags.stdio ? "stdio" : flags.reply ? "reply" : name_of(flags.service);
  if (!flags.tls_cert.empty()) {
    plan.tls = TlsServerOptions{.certificate_file = flags.tls_cert, .key_file = flags.tls_key};
  }
  return {};
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

// Before there are threads, so that none of them dies of it.
void block_hangup() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGHUP);
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int run_plan(ServePlan& plan, Output& out) {
  if (plan.threads > 1) {
    if (const auto code = settle_ports(plan, out)) return *code;
  }
  raise_descriptor_limit();
  if (plan.tls) block_hangup();
  const LoopOptions options{.notice = [&out](std::string_view text) { out.warn(text); }};
  const auto ran = run_on_threads(
      plan.threads, [&](unsigned index) { return serve_thread(plan, index, out); }, options);
  if (!ran) return out.fail(ran.error());

  const TcpServeTotals sum = sum_of(plan.totals);
  out.totals()
      .count("clients", sum.clients)
      .count("cut_clients", sum.cut_clients)
      .bytes("received_bytes", sum.received_bytes)
      .bytes("sent_bytes", sum.sent_bytes);
  return print_stop(out, *ran, sum.cut_clients);
}

int run_serve(const ServeFlags& flags, Output& out) {
  auto where = parse_listen(flags.where.value_or(flags.listen), {"127.0.0.1", 5000});
  if (!where) return out.fail(where.error(), exit_usage);
  ServePlan plan;
  if (const auto filled = fill_plan(plan, flags, out); !filled) {
    return out.fail(filled.error(), exit_usage);
  }
  if (plan.tls) {
    const auto usable = TlsContext::server(*plan.tls);
    if (!usable) return out.fail(usable.error());
  }
  auto endpoints = listen_endpoints(*where);
  if (!endpoints) return out.fail(endpoints.error());
  plan.endpoints = std::move(*endpoints);
  return run_plan(plan, out);
}

void declare_limits(Command& serve, ServeFlags& o) {
  serve.section("Limits");
  serve
      .flag("--threads N", count(o.threads, 1, 256), "loops, each on a thread and a CPU of its own")
      .excludes("stdio");
  serve.flag("--max-clients N", count(o.max_clients, 1, 10'000'000),
             "clients at a time; further ones wait. Each thread takes its share");
  serve.flag("--idle TIME", duration(o.idle),
             "close a client that sends nothing, or leaves its answer unread, for so long; 0 is "
             "never (5m; with --stdio never)");
  serve.section("TLS");
  serve.flag("--tls-cert FILE", file(o.tls_cert), "speak TLS with this certificate chain (PEM)")
      .needs("tls-key");
  serve.flag("--tls-key FILE", file(o.tls_key), "its private key (PEM)").needs("tls-cert");
  serve.section("Sockets");
  serve.flag("--backlog N", count(o.backlog, 1, 1'000'000),
             "connections that may wait to be accepted; the kernel caps it at net.core.somaxconn");
  serve.flag("--keepalive TIME", duration(o.keepalive, 1s, 32767s),
             "look after a silent client this often, so that a dead one is noticed");
  serve.flag("--receive-buffer SIZE", size(o.receive_buffer, 1, 1 << 30),
             "the kernel's buffer for what a client sends; unset, it grows as needed");
  serve.flag("--send-buffer SIZE", size(o.send_buffer, 1, 1 << 30), "likewise for what it is sent");
}

void describe_serve(Command& serve) {
  serve.example("patchbay tcp serve 5000", "echo on 127.0.0.1:5000");
  serve.example("patchbay tcp serve 5000 --reply 'Server received: {}'", "answer each message");
  serve.example("patchbay tcp serve '*:7000' --stdio > backup.tar", "take one file, as nc -l does");
  serve.example("patchbay tcp serve 0 --json", "any free port; the first record says which");
  serve.describe(
      "Serves every client the same way: echo by default, another small service of RFC 862 to 868 "
      "by "
      "--service, a reply made from a template by --reply, or this terminal or pipe by --stdio.\n\n"
      "Each client's coming, messages and leaving are printed with its address; what it sends is "
      "escaped. They are written as fast as the terminal or pipe takes them, and clients wait so "
      "long: with --quiet nothing is printed, and nothing slows them down.\n\n"
      "--reply answers what one receive brought, which may be a part of what the client wrote or "
      "several of its messages together; --lines answers each line. A line may be 64 KiB long and "
      "take as long as --idle.\n\n"
      "--once serves one client after the other until one has got an answer, and ends.\n\n"
      "SIGHUP makes a TLS server read its certificate again; connections that are open keep "
      "theirs.\n\n"
      "SIGINT and SIGTERM end the server in order. Without an address it listens on 127.0.0.1 "
      "only; "
      "a name is listened on at all its addresses, and '*' stands for all of this host, of both "
      "families.");
  serve.see_also("nc(1)");
  serve.see_also("tcp(7)");
}

}  // namespace

void declare_tcp_serve(Command& tcp) {
  auto [serve, o] = tcp.add("serve", "answer TCP clients", run_serve);
  serve.argument("[ADDR:]PORT", endpoint(o.where), "where to listen; the same as --listen");
  serve.flag("-l, --listen [ADDR:]PORT", endpoint(o.listen), "where to listen");
  serve.flag("-r, --reply TEMPLATE", text(o.reply), "answer with TEMPLATE; {} is what came")
      .excludes("service");
  serve.flag("--lines", toggle(o.lines), "answer each line by itself").needs("reply");
  serve.flag("--service NAME", service_choice(o.service), "a small service of RFC 862 to 868");
  serve.flag("--stdio", toggle(o.stdio), "join one client to stdin and stdout, then end")
      .excludes("reply")
      .excludes("service")
      .not_a_setting();
  serve.flag("--once", toggle(o.once), "end after the first answer").not_a_setting();
  declare_limits(serve, o);
  describe_serve(serve);
}

}  // namespace patchbay
