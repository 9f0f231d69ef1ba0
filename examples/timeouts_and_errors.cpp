// What can go wrong: each error tells its kind, and says what failed, why, and what to try.
#include <fmt/core.h>

#include <patchbay/net/run.hpp>
#include <patchbay/net/tcp.hpp>
using namespace patchbay;

// [attempt]
// Connects and reads ten bytes; both together may take half a second.
Task<Result<>> attempt(std::string server) {
  const Deadline deadline = Deadline::after(500ms);
  auto stream = co_await TcpStream::connect(server, deadline);
  if (!stream) co_return stream.error();
  std::byte greeting[10];
  co_return co_await stream->read_exact(greeting, deadline);
}
// [/attempt]
// [report]
void report(const Error& error) {
  switch (error.fault()) {
    case Fault::refused: fmt::print("[!] Connection refused\n"); break;
    case Fault::timed_out: fmt::print("[!] Connection timeout\n"); break;
    case Fault::unreachable: fmt::print("[!] Network unreachable\n"); break;
    case Fault::resolve: fmt::print("[!] Hostname resolution failed\n"); break;
    case Fault::closed: fmt::print("[!] Connection closed\n"); break;
    default: fmt::print("[!] Error\n");
  }
  fmt::print("{}\n", error.describe());
}
// [/report]
Task<int> attempt_each(std::vector<std::string> servers) {
  for (const std::string& server : servers) {
    auto done = co_await attempt(server);
    if (!done) report(done.error());
  }
  co_return 0;
}
int main(int argc, char** argv) { return run_main(attempt_each({argv + 1, argv + argc})); }
