// A TCP server for many clients at once: each has a task of its own.
#include <fmt/core.h>

#include <patchbay/base/text.hpp>
#include <patchbay/net/group.hpp>
#include <patchbay/net/run.hpp>
#include <patchbay/net/tcp.hpp>
using namespace patchbay;

// [handle]
Task<> handle(TcpStream client) {
  const std::string name = client.peer_name();
  fmt::print("[+] New connection: {}\n", name);
  for (;;) {
    const Deadline deadline = Deadline::after(5min);
    auto data = co_await client.receive(deadline);
    if (!data || data->empty()) break;  // an error, or the client has hung up
    fmt::print("[{}] {}\n", name, escape_terminal(data->text()));
    auto sent = co_await client.write_all(fmt::format("Echo: {}", data->text()), deadline);
    if (!sent) break;
  }
  fmt::print("[-] Connection closed: {}\n", name);
}
// [/handle]
// [serve]
Task<Result<>> serve(TaskGroup& group, std::string address) {
  auto listener = TcpListener::bind(address);
  if (!listener) co_return listener.error();
  fmt::print("[*] Server for many started on {}\n", listener->local().to_string());
  for (;;) {
    auto client = co_await listener->accept();
    if (!client) co_return client.error();  // Ctrl-C arrives here as "cancelled"
    group.spawn(handle, std::move(*client));
  }
}
// [/serve]
int main(int argc, char** argv) {
  return run_main(with_group(serve, std::string(argc > 1 ? argv[1] : "127.0.0.1:5000")));
}
