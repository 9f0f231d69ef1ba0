#include <fmt/format.h>

#include "patchbay/net/run.hpp"
#include "patchbay/tools/echo/echo_cli.hpp"
#include "patchbay/tools/echo/serve_tcp.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

namespace {

struct ServeFlags {
  std::string listen = "127.0.0.1:5000";
};

Task<int> serve(const ServeFlags& flags, Output& out) {
  const auto endpoint = Endpoint::parse(flags.listen);
  if (!endpoint) co_return out.fail(endpoint.error());
  auto listener = TcpListener::bind(*endpoint);
  if (!listener) co_return out.fail(listener.error());
  out.note(fmt::format("[*] Server listening on {}", listener->local().to_string()));
  std::vector<TcpListener> listeners;
  listeners.push_back(std::move(*listener));
  TcpServeTotals totals;
  const auto served = co_await serve_tcp(std::move(listeners), {}, totals, nullptr);
  if (!served) co_return out.fail(served.error());
  co_return exit_ok;
}

int run_serve(const ServeFlags& flags, Output& out) {
  const auto ran = run(serve(flags, out));
  if (!ran) return out.fail(ran.error());
  return ran->value;
}

}  // namespace

void declare_tcp_serve(Command& tcp) {
  auto [serve, o] = tcp.add("serve", "answer TCP clients", run_serve);
  serve.argument("[ADDR:]PORT", endpoint(o.listen), "where to listen");
}

}  // namespace patchbay
