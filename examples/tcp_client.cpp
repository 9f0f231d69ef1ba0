// A TCP client: connects, says one thing, prints the answer.
#include <fmt/core.h>

#include <patchbay/base/text.hpp>
#include <patchbay/net/run.hpp>
#include <patchbay/net/tcp.hpp>

using namespace patchbay;

// [ask]
Task<Result<>> ask(std::string server, std::string message) {
  const Deadline deadline = Deadline::after(5s);  // for all of it together

  auto stream = co_await TcpStream::connect(server, deadline);
  if (!stream) {
    fmt::print("[!] Could not connect to {}\n", server);
    co_return stream.error();
  }
  fmt::print("[+] Connected to {}\n", stream->peer_name());

  auto sent = co_await stream->write_all(message, deadline);
  if (!sent) co_return sent.error();
  fmt::print("[*] Sent: {}\n", message);

  auto reply = co_await stream->receive(deadline);
  if (!reply) co_return reply.error();
  fmt::print("[*] Received: {}\n", escape_terminal(reply->text()));
  co_return ok();
}
// [/ask]

int main(int argc, char** argv) {
  return run_main(ask(argc > 1 ? argv[1] : "127.0.0.1:5000", argc > 2 ? argv[2] : "Hello Server!"));
}
