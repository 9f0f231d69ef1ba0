// A TCP server: waits for a client, hears what it says, answers, and goes on to the next one.
#include <fmt/core.h>

#include <patchbay/base/text.hpp>
#include <patchbay/net/run.hpp>
#include <patchbay/net/tcp.hpp>
using namespace patchbay;
// [answer]
Task<Result<>> answer(TcpStream client) {
  const Deadline deadline = Deadline::after(30s);
  auto data = co_await client.receive(deadline);
  if (!data) co_return data.error();
  if (data->empty()) co_return ok();  // it has hung up without a word
  fmt::print("[*] Received: {}\n", escape_terminal(data->text()));
  co_return co_await client.write_all(fmt::format("Server received: {}", data->text()), deadline);
}  // the stream's life ends here, and with it the connection
// [/answer]
// [serve]
Task<Result<>> serve(std::string address) {
  auto listener = TcpListener::bind(address);
  if (!listener) co_return listener.error();
  fmt::print("[*] Server listening on {}\n", listener->local().to_string());
  for (;;) {
    auto client = co_await listener->accept();
    if (!client) break;  // Ctrl-C ends the wait
    fmt::print("[+] Connection from {}\n", client->peer_name());
    auto answered = co_await answer(std::move(*client));
    if (!answered && answered.error().fault() == Fault::cancelled) break;  // here too
    if (!answered) fmt::print("[!] Error: {}\n", answered.error().why());
  }
  fmt::print("\n[!] Server shutting down...\n");
  co_return ok();
}
// [/serve]
// [main]
int main(int argc, char** argv) { return run_main(serve(argc > 1 ? argv[1] : "127.0.0.1:5000")); }
// [/main]
