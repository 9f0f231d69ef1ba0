// Socket options: what is asked for, and what the kernel makes of it.
#include <fmt/core.h>

#include <patchbay/base/units.hpp>
#include <patchbay/net/run.hpp>
#include <patchbay/net/tcp.hpp>
using namespace patchbay;

// [ask]
Task<Result<TcpSettings>> ask(const TcpOptions& wanted) {
  auto listener = TcpListener::bind("127.0.0.1:0");  // port 0: the kernel chooses a free one
  if (!listener) co_return listener.error();
  auto stream = co_await TcpStream::connect(listener->local(), Deadline::after(5s));
  if (!stream) co_return stream.error();
  auto done = stream->set(wanted);
  if (!done) co_return done.error();
  co_return stream->settings();  // read back from the kernel
}
// [/ask]
// [compare]
Task<Result<>> compare() {
  const Keepalive keepalive{.idle = 60s, .interval = 10s, .probes = 3};
  const TcpOptions wanted{
      .keepalive = keepalive, .receive_buffer_bytes = 8192, .user_timeout = 30s};
  auto got = co_await ask(wanted);
  if (!got) co_return got.error();
  const auto line = [](const char* name, std::string asked, std::string in_force) {
    fmt::print("[*] {:<15} asked {:<8} in force {}\n", name, asked, in_force);
  };
  line("receive buffer", format_size(8192), format_size(got->receive_buffer_bytes));
  line("send buffer", "nothing", format_size(got->send_buffer_bytes));
  line("keepalive", format_duration(60s), format_duration(got->keepalive->idle));
  line("user timeout", format_duration(30s), format_duration(got->user_timeout));
  co_return ok();
}
// [/compare]
int main() { return run_main(compare()); }
