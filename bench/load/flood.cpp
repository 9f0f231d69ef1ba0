// Datagrams as fast as the kernel takes them, and somebody who gets them and never looks.
//
//   flood send ADDRESS PORT SIZE     until it is ended
//   flood sink PORT                  says "ready", then waits to be ended
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

constexpr std::size_t k_batch = 64;

int send(const char* address, int port, std::size_t size) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::inet_pton(AF_INET, address, &to.sin_addr) != 1) return 2;
  if (::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0) return 1;
  std::vector<char> payload(size, 'x');
  iovec piece{payload.data(), payload.size()};
  std::array<mmsghdr, k_batch> messages{};
  for (mmsghdr& message : messages) {
    message.msg_hdr.msg_iov = &piece;
    message.msg_hdr.msg_iovlen = 1;
  }
  for (;;) ::sendmmsg(socket, messages.data(), k_batch, 0);
}

int sink(int port) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_port = htons(static_cast<std::uint16_t>(port));
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&here), sizeof here) != 0) return 1;
  std::puts("ready");
  std::fflush(stdout);
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 5 && std::strcmp(argv[1], "send") == 0) {
    return send(argv[2], std::atoi(argv[3]), std::strtoull(argv[4], nullptr, 10));
  }
  if (argc == 3 && std::strcmp(argv[1], "sink") == 0) return sink(std::atoi(argv[2]));
  return 2;
}
