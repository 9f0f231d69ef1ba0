// A UDP server: answers each datagram. There is no connection, so there is nothing to accept.
#include <fmt/core.h>

#include <array>

#include <patchbay/net/run.hpp>
#include <patchbay/net/udp.hpp>

using namespace patchbay;

// [serve]
Task<Result<>> serve(std::string address) {
  auto socket = UdpSocket::bind(address);
  if (!socket) co_return socket.error();
  fmt::print("[*] UDP Server listening on {}\n", socket->local_name());
  std::array<std::byte, 1024> memory;
  for (;;) {
    auto datagram = co_await socket->receive_from(memory);
    if (!datagram) break;  // Ctrl-C ends the wait
    const std::string client = datagram->peer.to_string();
    fmt::print("[{}] {}\n", client, escape_terminal(datagram->text()));

    const std::string reply = fmt::format("UDP Echo: {}", datagram->text());
    auto sent = co_await socket->send_to(reply, datagram->peer);
    if (!sent) fmt::print("[!] Error: {}\n", sent.error().why());
  }
  fmt::print("\n[!] Server shutting down...\n");
  co_return ok();
}
// [/serve]

int main(int argc, char** argv) { return run_main(serve(argc > 1 ? argv[1] : "127.0.0.1:5001")); }
