// Which TCP ports of a host are open? All are tried at once, each for a second at most.
#include <fmt/core.h>

#include <patchbay/net/group.hpp>
#include <patchbay/net/run.hpp>
#include <patchbay/net/tcp.hpp>
using namespace patchbay;
using Words = std::vector<std::string>;
// [check]
Task<> check(HostPort target, int& open) {
  auto stream = co_await TcpStream::connect(target, Deadline::after(1s));
  if (stream) fmt::print("[+] Port {:<6} OPEN\n", target.port);
  if (stream) ++open;
  if (stream || stream.error().fault() == Fault::refused) co_return;
  fmt::print("[!] Port {:<6} {}\n", target.port, stream.error().why());
}

Task<Result<>> check_all(TaskGroup& group, std::string host, Words ports, int& open) {
  for (const std::string& word : ports) {
    auto port = parse_port(word);
    if (!port) co_return port.error();
    group.spawn(check, HostPort{host, *port}, std::ref(open));
  }
  co_return ok();  // with_group() waits for every one of them
}
// [/check]
Task<Result<>> scan(std::string host, Words ports) {
  int open = 0;
  fmt::print("[*] Checking {} ports of {}\n", ports.size(), host);
  auto done = co_await with_group(check_all, host, ports, std::ref(open));
  fmt::print("[*] Found {} open ports\n", open);
  co_return done;
}
int main(int argc, char** argv) {
  const Words common = {"21", "22", "23", "25", "53", "80", "110", "143", "443", "3306", "8080"};
  return run_main(
      scan(argc > 1 ? argv[1] : "127.0.0.1", argc > 2 ? Words(argv + 2, argv + argc) : common));
}
