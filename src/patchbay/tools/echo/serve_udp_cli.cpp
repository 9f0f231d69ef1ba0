#include <fmt/format.h>

#include "patchbay/net/run.hpp"
#include "patchbay/tools/echo/echo_cli.hpp"
#include "patchbay/tools/echo/serve_flags.hpp"
#include "patchbay/tools/echo/serve_printer.hpp"
#include "patchbay/tools/echo/serve_report.hpp"
#include "patchbay/tools/echo/serve_udp.hpp"
#include "patchbay/tools/listen_on.hpp"
#include "patchbay/tools/output.hpp"
#include "patchbay/tools/run_tool.hpp"
#include "patchbay/tools/serve_ports.hpp"
#include "patchbay/tools/serve_stop.hpp"

namespace patchbay {

namespace {

struct UdpServeFlags : ServeFlags {
  UdpServeFlags() : ServeFlags(5001) {}
};

struct ServePlan {
  UdpOptions socket;
  UdpServeOptions serve;
  std::vector<UdpServeTotals> totals;  // one a thread
  std::string answers;
};

using Ports = ServerPorts<UdpSocket>;

void print_start(const ServePlan& plan, const std::vector<UdpSocket>& sockets, Output& out) {
  for (const UdpSocket& socket : sockets) {
    const Endpoint local = bound_to(socket);
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
    if (bound_to(socket).address().is_loopback()) continue;
    out.warn(
        "chargen over UDP answers more than it is asked: with a forged source address anybody can "
        "turn it against others");
    return;
  }
}

Task<int> serve_thread(ServePlan& plan, const Ports& ports, unsigned index, Output& out) {
  auto sockets = ports.open(out);
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

ServePlan make_plan(const UdpServeFlags& flags, ServeWish wish) {
  ServePlan plan;
  plan.answers = wish.reply ? "reply" : name_of(flags.service);
  plan.serve.reply = std::move(wish.reply);
  plan.serve.service = flags.service;
  plan.serve.once = flags.once;
  plan.socket.ip.receive_buffer_bytes = flags.receive_buffer;
  plan.socket.ip.send_buffer_bytes = flags.send_buffer;
  plan.totals.resize(flags.threads);
  return plan;
}

int run_serve(const UdpServeFlags& flags, Output& out) {
  auto wish = read_serve_flags(flags);
  if (!wish) return out.fail(wish.error(), exit_usage);
  const auto endpoints = listen_endpoints(wish->where);
  if (!endpoints) return out.fail(endpoints.error());
  ServePlan plan = make_plan(flags, std::move(*wish));
  Ports ports(Transport::udp, "patchbay udp serve", *endpoints, flags.threads,
              [&plan](const Endpoint& endpoint, Ports::Use use) {
                UdpOptions options = plan.socket;
                options.reuse_port = use == Ports::Use::shared;
                return bind_udp_server(endpoint, options);
              });
  if (const auto code = ports.settle(out)) return *code;
  const auto ran = run_tool_on_threads(
      flags.threads, [&](unsigned index) { return serve_thread(plan, ports, index, out); }, out);
  if (!ran) return out.fail(ran.error());
  sum_up(plan.totals, out);
  return print_stop(out, *ran, 0);
}

}  // namespace

void declare_udp_serve(Command& udp) {
  auto [serve, o] = udp.add("serve", "answer UDP datagrams", run_serve);
  declare_serve_flags(serve, o);
  serve.section("Limits");
  declare_threads_flag(serve, o);
  serve.section("Sockets");
  declare_buffer_flags(serve, o,
                       "the kernel's buffer for datagrams that wait; it drops what does not fit",
                       "likewise for answers");

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
