// What the bare rivals share: the port argument, a bound loopback socket, and the ready line.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <charconv>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace rivals {

[[noreturn]] inline void die(const char* what) {
  std::perror(what);
  std::exit(1);
}

// The port from the command line, 0 to let the kernel choose.
inline std::uint16_t port_argument(int argc, char** argv) {
  std::uint16_t port = 0;
  if (argc == 2) {
    const char* end = argv[1] + std::strlen(argv[1]);
    const auto [rest, error] = std::from_chars(argv[1], end, port);
    if (error == std::errc() && rest == end) return port;
  }
  std::fprintf(stderr, "usage: %s PORT\n", argv[0]);
  std::exit(2);
}

// A socket of `type` (with its flags) bound to 127.0.0.1:port.
inline int bound_socket(int type, std::uint16_t port) {
  const int fd = socket(AF_INET, type, 0);
  if (fd < 0) die("socket");
  const int on = 1;
  if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) die("setsockopt");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) die("bind");
  return fd;
}

// Says which port the socket has; the benchmark waits for this line.
inline void announce(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) die("getsockname");
  std::printf("listening on %d\n", ntohs(address.sin_port));
  std::fflush(stdout);
}

}  // namespace rivals
