// A UDP client: asks, and asks again, because the network may lose the question or the answer.
#include <fmt/core.h>

#include <array>

#include <patchbay/net/run.hpp>
#include <patchbay/net/udp.hpp>

using namespace patchbay;

// [ask]
Task<Result<>> ask(std::string server, std::string message) {
  auto socket = co_await UdpSocket::connected_to(server, Deadline::after(5s));
  if (!socket) co_return socket.error();
  std::array<std::byte, 1024> memory;
  for (const Duration patience : {1s, 2s, 2s}) {
    auto sent = co_await socket->send(message);
    if (!sent) co_return sent.error();
    fmt::print("[*] Sent to {}: {}\n", server, message);

    auto reply = co_await socket->receive(memory, Deadline::after(patience));
    if (reply) {
      fmt::print("[*] Received: {}\n", escape_terminal(reply->text()));
      co_return ok();
    }
    if (reply.error().fault() != Fault::timed_out) co_return reply.error();
  }
  fmt::print("[!] Request timed out\n");
  co_return Error(Fault::timed_out, "get an answer from").about(server);
}
// [/ask]

int main(int argc, char** argv) {
  return run_main(ask(argc > 1 ? argv[1] : "127.0.0.1:5001", argc > 2 ? argv[2] : "Hello UDP!"));
}
