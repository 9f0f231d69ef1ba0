#include <fmt/format.h>

#include <csignal>

#include "patchbay/net/loop.hpp"
#include "patchbay/net/run.hpp"
#include "patchbay/tools/echo/echo_cli.hpp"
#include "patchbay/tools/echo/listen_on.hpp"
#include "patchbay/tools/echo/port_holder.hpp"
#include "patchbay/tools/echo/serve_printer.hpp"
#include "patchbay/tools/echo/serve_report.hpp"
#include "patchbay/tools/echo/serve_udp.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/run_tool.hpp"

namespace patchbay {

namespace {

struct ServeFlags {
  std::optional<std::string> where;
  std::string listen = "127.0.0.1:5001";
  std::optional<std::string> reply;
  Service service = Service::echo;
  bool once = false;
  unsigned threads = 1;
  std::optional<std::size_t> receive_buffer;
  std::optional<std::size_t> send_buffer;
};

struct ServePlan {
  std::vector<Endpoint> endpoints;
  UdpOptions socket;
  UdpServeOptions serve;
  unsigned threads = 1;
  std::vector<UdpServeTotals> totals;  // one a thread
  std::string answers;
};

using SocketsOrExitCode = std::expected<std::vector<UdpSocket>, int>;

SocketsOrExitCode open_sockets(const ServePlan& plan, bool reuse_port, Output& out) {
  UdpOptions options = plan.socket;
  options.reuse_port = reuse_port;
  auto sockets = bind_all<UdpSocket>(plan.endpoints, [&options](const Endpoint& endpoint) {
    return bind_udp_server(endpoint, options);
  });
  if (sockets) return std::move(*sockets);
  const auto& [error, endpoint] = sockets.error();
  return std::unexpected(out.fail(
      explain_bind(error, Transport::udp, endpoint, "patchbay udp serve"), exit_code_of(error)));
}

// As for TCP: the port is bound once without SO_REUSEPORT, so that it is not shared with another
// server by mistake.
std::optional<int> settle_ports(ServePlan& plan, Output& out) {
  auto loop = Loop::make();
  if (!loop) return out.fail(loop.error());
  const LoopGuard guard(**loop);
  const auto sockets = open_sockets(plan, false, out);
  if (!sockets) return sockets.error();
  plan.endpoints.clear();
  for (const UdpSocket& socket : *sockets) plan.endpoints.push_back(detail::local_of(socket));
  return std::nullopt;
}

void print_start(const ServePlan& plan, const std::vector<UdpSocket>& sockets, Output& out) {
  for (const UdpSocket& socket : sockets) {
    const Endpoint local = detail::local_of(socket);
    print_listening(out, "UDP Server", local, plan.answers);
    const auto settings = socket.settings();
    if (!settings) continue;
    print_buffer(out, "receive", settings->receive_buffer_bytes,
                 plan.socket.ip.receive_buffer_bytes);
    print_buffer(out, "send", settings->send_buffer_bytes, plan.socket.ip.send_buffer_bytes);
  }
  const bool grows = !plan.serve.reply && plan.serve.service == Service::chargen;
  if (!grows) return;
  for (const UdpSocket& socket : sockets) {
    if (detail::local_of(socket).address().is_loopback()) continue;
    out.warn(
        "chargen over UDP answers more than it is asked: with a forged source address anybody can "
        "turn it against others");
    return;
  }
}

Task<int> serve_thread(ServePlan& plan, unsigned index, Output& out) {
  auto sockets = open_sockets(plan, plan.threads > 1, out);
  if (!sockets) co_return sockets.error();
  if (index == 0) print_start(plan, *sockets, out);
  UdpServePrinter printer(out);
  const auto served = co_await serve_udp(std::move(*sockets), plan.serve, plan.totals[index],
                                         out.quiet() ? nullptr : &printer);
  if (!served) co_return out.fail(served.error());
  co_return exit_ok;
}

void sum_up(const std::vector<UdpServeTotals>& all, Output& out) {
  UdpServeTotals sum;
  for (const UdpServeTotals& one : all) {
    sum.received_datagrams += one.received_datagrams;
    sum.received_bytes += one.received_bytes;
    sum.sent_datagrams += one.sent_datagrams;
    sum.sent_bytes += one.sent_bytes;
    sum.shunned_datagrams += one.shunned_datagrams;
    sum.refused_datagrams += one.refused_datagrams;
  }
  out.totals()
      .count("received_datagrams", sum.received_datagrams)
      .bytes("received_bytes", sum.received_bytes)
      .count("sent_datagrams", sum.sent_datagrams)
      .bytes("sent_bytes", sum.sent_bytes)
      .count("shunned_datagrams", sum.shunned_datagrams)
      .count("refused_datagrams", sum.refused_datagrams);
}

std::expected<ServePlan, Failure> make_plan(const ServeFlags& flags) {
  ServePlan plan;
  if (flags.reply) {
    auto reply = ReplyTemplate::parse(*flags.reply);
    if (!reply) return std::unexpected(Failure(reply.error()));
    plan.serve.reply = std::move(*reply);
  }
  plan.serve.service = flags.service;
  plan.serve.once = flags.once;
  plan.socket.ip.receive_buffer_bytes = flags.receive_buffer;
  plan.socket.ip.send_buffer_bytes = flags.send_buffer;
  plan.threads = flags.threads;
  plan.totals.resize(flags.threads);
  plan.answers = flags.reply ? "reply" : name_of(flags.service);
  return plan;
}

int run_serve(const ServeFlags& flags, Output& out) {
  const auto where = parse_listen(flags.where.value_or(flags.listen), {"127.0.0.1", 5001});
  if (!where) return out.fail(where.error(), exit_usage);
  auto plan = make_plan(flags);
  if (!plan) return out.fail(plan.error(), exit_usage);
  auto endpoints = listen_endpoints(*where);
  if (!endpoints) return out.fail(endpoints.error());
  plan->endpoints = std::move(*endpoints);
  if (plan->threads > 1) {
    if (const auto code = settle_ports(*plan, out)) return *code;
  }
  const auto ran = run_tool_on_threads(
      plan->threads, [&](unsigned index) { return serve_thread(*plan, index, out); }, out);
  if (!ran) return out.fail(ran.error());
  sum_up(plan->totals, out);
  return print_stop(out, *ran, 0);
}

}  // namespace

void declare_udp_serve(Command& udp) {
  auto [serve, o] = udp.add("serve", "answer UDP datagrams", run_serve);
  serve.argument("[ADDR:]PORT", endpoint(o.where), "where to listen; the same as --listen")
      .excludes("listen");
  serve.flag("-l, --listen [ADDR:]PORT", endpoint(o.listen), "where to listen");
  serve.flag("-r, --reply TEMPLATE", text(o.reply), "answer with TEMPLATE; {} is what came")
      .excludes("service");
  serve.flag("--service NAME", service_choice(o.service), "a small service of RFC 862 to 868");
  serve.flag("--once", toggle(o.once), "end after the first answer").not_a_setting();
  serve.section("Limits");
  serve.flag("--threads N", count(o.threads, 1, 256),
             "loops, each on a thread and a CPU of its own");
  serve.section("Sockets");
  serve.flag("--receive-buffer SIZE", size(o.receive_buffer, 1, 1 << 30),
             "the kernel's buffer for datagrams that wait; it drops what does not fit");
  serve.flag("--send-buffer SIZE", size(o.send_buffer, 1, 1 << 30), "likewise for answers");

  serve.example("patchbay udp serve 5001", "echo on 127.0.0.1:5001");
  serve.example("patchbay udp serve 5001 --reply 'UDP Echo: {}'", "answer each datagram");
  serve.example("patchbay udp serve '*:5001' --service discard", "take datagrams and say nothing");
  serve.describe(
      "Answers every datagram: with itself by default, by another small service of RFC 862 to "
      "868 with --service, or with a text made from a template with --reply.\n\n"
      "What comes is printed with the peer's address, escaped. While the terminal or pipe is "
      "slower than the peers, the kernel drops datagrams; with --quiet nothing is printed.\n\n"
      "A datagram that claims to come from a small service (ports 7, 11, 13, 15, 17, 19, 37), "
      "from port 0 or from this server's own port number is not answered: two servers would "
      "answer each other without end.\n\n"
      "On a wildcard address the answer leaves from the address that was asked.");
  serve.see_also("nc(1)");
  serve.see_also("udp(7)");
}

}  // namespace patchbay
