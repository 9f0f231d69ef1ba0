// A datagram between a stack and the headers of recvmsg(2) and sendmsg(2) that a batch is made of.
#pragma once

#include <sys/socket.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <span>

#include "patchbay/net/datagram_metadata.hpp"

namespace patchbay::sim {

// As a kernel would fill it: cut to its room, which is told, with the sender's address. Control
// messages go through the writer that visit gets.
template <class Write>
void fill_message(mmsghdr& into, std::span<const std::byte> bytes, const void* address,
                  socklen_t address_size, Write write_control) {
  msghdr& header = into.msg_hdr;
  const std::size_t kept = std::min(bytes.size(), header.msg_iov->iov_len);
  if (kept > 0) std::memcpy(header.msg_iov->iov_base, bytes.data(), kept);
  into.msg_len = static_cast<unsigned>(kept);
  header.msg_flags = kept < bytes.size() ? MSG_TRUNC : 0;
  if (header.msg_name != nullptr) {
    std::memcpy(header.msg_name, address, std::min(header.msg_namelen, address_size));
  }
  header.msg_namelen = address_size;
  if (header.msg_control == nullptr) return;
  ControlWriter writer({static_cast<std::byte*>(header.msg_control), header.msg_controllen});
  write_control(writer);
  header.msg_controllen = writer.size();
}

inline std::span<const std::byte> payload_of(const mmsghdr& message) {
  const iovec& part = *message.msg_hdr.msg_iov;
  return {static_cast<const std::byte*>(part.iov_base), part.iov_len};
}

inline std::span<const std::byte> control_of(const mmsghdr& message) {
  return {static_cast<const std::byte*>(message.msg_hdr.msg_control),
          message.msg_hdr.msg_controllen};
}

}  // namespace patchbay::sim
