// A UDP echo server on bare recvmmsg and sendmmsg: one blocking thread, up to 64 datagrams a call.
// SIGTERM ends it by its default action.
#include <array>
#include <cerrno>
#include <cstddef>

#include "listen.hpp"

namespace {

constexpr std::size_t k_batch = 64;
constexpr std::size_t k_datagram_bytes = 64 * 1024;

struct Batch {
  std::array<mmsghdr, k_batch> messages{};
  std::array<iovec, k_batch> parts{};
  std::array<sockaddr_in, k_batch> peers{};
  std::array<std::array<char, k_datagram_bytes>, k_batch> buffers;
  unsigned used = k_batch;  // how many entries hold the lengths of the last round

  Batch() {
    for (std::size_t i = 0; i < k_batch; ++i) {
      parts[i].iov_base = buffers[i].data();
      messages[i].msg_hdr.msg_iov = &parts[i];
      messages[i].msg_hdr.msg_iovlen = 1;
      messages[i].msg_hdr.msg_name = &peers[i];
    }
  }
};

// Waits for one datagram and takes what else is there; 0 when the call was interrupted.
unsigned receive(int fd, Batch& batch) {
  for (unsigned i = 0; i < batch.used; ++i) {
    batch.parts[i].iov_len = k_datagram_bytes;
    batch.messages[i].msg_hdr.msg_namelen = sizeof(sockaddr_in);
  }
  const int count = recvmmsg(fd, batch.messages.data(), k_batch, MSG_WAITFORONE, nullptr);
  batch.used = count < 0 ? 0 : static_cast<unsigned>(count);
  for (unsigned i = 0; i < batch.used; ++i) batch.parts[i].iov_len = batch.messages[i].msg_len;
  return batch.used;
}

// A datagram the kernel refuses is lost, as UDP may lose any; the ones behind it are still sent.
void send_back(int fd, Batch& batch, unsigned count) {
  for (unsigned done = 0; done < count;) {
    const int sent = sendmmsg(fd, batch.messages.data() + done, count - done, 0);
    done += sent > 0 ? static_cast<unsigned>(sent) : 1;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const int fd = rivals::bound_socket(SOCK_DGRAM | SOCK_CLOEXEC, rivals::port_argument(argc, argv));
  static Batch batch;
  rivals::announce(fd);
  for (;;) send_back(fd, batch, receive(fd, batch));
}
