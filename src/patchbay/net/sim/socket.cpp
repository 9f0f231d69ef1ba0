#include "patchbay/net/sim/socket.hpp"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "patchbay/net/sim/stack.hpp"

namespace patchbay::sim {

int Socket::listen(int) { return EOPNOTSUPP; }
int Socket::connect(const sockaddr*, socklen_t) { return EOPNOTSUPP; }
int Socket::connected() const { return 0; }
Socket& Socket::take_client() { std::abort(); }
long Socket::read(std::span<std::byte>) { return -EOPNOTSUPP; }
long Socket::write(std::span<const std::byte>) { return -EOPNOTSUPP; }
int Socket::shutdown_write() { return EOPNOTSUPP; }
long Socket::receive_message(mmsghdr&) { return -EOPNOTSUPP; }
long Socket::send_message(const mmsghdr&) { return -EOPNOTSUPP; }

Result<Endpoint> Socket::local() const {
  return Error::from_errno(EAFNOSUPPORT, "read the local address of");
}

Result<Endpoint> Socket::peer() const {
  return Error::from_errno(EAFNOSUPPORT, "read the peer's address of");
}

int Socket::set_option(int level, int name, std::span<const std::byte> value) {
  if (level == SOL_SOCKET && name == SO_BINDTODEVICE) return ENOPROTOOPT;
  return options_.set(level, name, value);
}

int Socket::get_option(int level, int name, std::byte* value, unsigned& size) const {
  if (level == SOL_SOCKET && name == SO_TYPE && size >= sizeof spec_.type) {
    size = sizeof spec_.type;
    std::memcpy(value, &spec_.type, size);
    return 0;
  }
  return options_.get(level, name, value, size);
}

void Socket::park(Op& op) {
  const bool reads = waits_to_read(op.kind) != op.blocked_on_other_side;
  op.next_in_queue = std::exchange(reads ? readers_ : writers_, &op);
}

void Socket::withdraw(Op& op) {
  for (Op** link : {&readers_, &writers_}) {
    while (*link != nullptr && *link != &op) link = &(*link)->next_in_queue;
    if (*link == nullptr) continue;
    *link = op.next_in_queue;
    return;
  }
}

void Socket::end_waiting() {
  for (Op** list : {&readers_, &writers_}) {
    while (*list != nullptr) (*list)->end(Outcome::closed);
  }
}

void Socket::wake(Op*& list) {
  reverse(list);
  for (Op* op = std::exchange(list, nullptr); op != nullptr;) {
    stack_.make_ready(*std::exchange(op, op->next_in_queue));
  }
}

}  // namespace patchbay::sim
