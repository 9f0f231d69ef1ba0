#include <algorithm>

#include "patchbay/tools/echo/echo_cli.hpp"
#include "patchbay/tools/echo/serve_flags.hpp"
#include "patchbay/tools/echo/serve_tcp_run.hpp"
#include "patchbay/tools/listen_on.hpp"

namespace patchbay {

namespace {

constexpr Duration k_idle = 5min;

struct TcpServeFlags : ServeFlags {
  TcpServeFlags() : ServeFlags(5000) {}

  bool lines = false;
  bool stdio = false;
  std::size_t max_clients = 100'000;
  std::optional<Duration> idle;
  int backlog = 4096;
  std::optional<Duration> keepalive;
  std::string tls_cert;
  std::string tls_key;
};

void fill_plan(TcpServePlan& plan, const TcpServeFlags& flags, const Output& out) {
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
}

int run_serve(const TcpServeFlags& flags, Output& out) {
  auto wish = read_serve_flags(flags);
  if (!wish) return out.fail(wish.error(), exit_usage);
  if (flags.stdio && out.json()) {
    return out.fail(
        Failure("--stdio cannot stand beside --json",
                "stdout carries what the client sends, as it is", "leave one of them out"),
        exit_usage);
  }
  TcpServePlan plan;
  plan.serve.reply = std::move(wish->reply);
  fill_plan(plan, flags, out);
  if (plan.tls) {
    const auto usable = TlsContext::server(*plan.tls);
    if (!usable) return out.fail(usable.error());
  }
  auto endpoints = listen_endpoints(wish->where);
  if (!endpoints) return out.fail(endpoints.error());
  plan.endpoints = std::move(*endpoints);
  return run_tcp_server(plan, out);
}

void declare_limits(Command& serve, TcpServeFlags& o) {
  serve.section("Limits");
  declare_threads_flag(serve, o).excludes("stdio");
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
  declare_buffer_flags(serve, o,
                       "the kernel's buffer for what a client sends; unset, it grows as needed",
                       "likewise for what it is sent");
}

void describe_serve(Command& serve) {
  serve.example("patchbay tcp serve 5000", "echo on 127.0.0.1:5000");
  serve.example("patchbay tcp serve 5000 --reply 'Server received: {}'", "answer each message");
  serve.example("patchbay tcp serve '*:7000' --stdio > backup.tar", "take one file, as nc -l does");
  serve.example("patchbay tcp serve 0 --json", "any free port; the first record says which");
  serve.describe(
      "Serves every client the same way: echo by default, another small service of RFC 862 to "
      "868 by --service, a reply made from a template by --reply, or this terminal or pipe by "
      "--stdio.\n\n"
      "Each client's coming, messages and leaving are printed with its address; what it sends is "
      "escaped. They are written as fast as the terminal or pipe takes them, and clients wait so "
      "long: with --quiet nothing is printed, and nothing slows them down.\n\n"
      "--reply answers what one receive brought, which may be a part of what the client wrote or "
      "several of its messages together; --lines answers each line. A line may be 64 KiB long "
      "and take as long as --idle.\n\n"
      "--once serves one client after the other until one has got an answer, and ends.\n\n"
      "SIGHUP makes a TLS server read its certificate again; connections that are open keep "
      "theirs.\n\n"
      "SIGINT and SIGTERM end the server in order. Without an address it listens on 127.0.0.1 "
      "only; a name is listened on at all its addresses, and '*' stands for all of this host, of "
      "both families.");
  serve.see_also("nc(1)");
  serve.see_also("tcp(7)");
}

}  // namespace

void declare_tcp_serve(Command& tcp) {
  auto [serve, o] = tcp.add("serve", "answer TCP clients", run_serve);
  declare_serve_flags(serve, o);
  serve.flag("--lines", toggle(o.lines), "answer each line by itself").needs("reply");
  serve.flag("--stdio", toggle(o.stdio), "join one client to stdin and stdout, then end")
      .excludes("reply")
      .excludes("service")
      .not_a_setting();
  declare_limits(serve, o);
  describe_serve(serve);
}

}  // namespace patchbay
