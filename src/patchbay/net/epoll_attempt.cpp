// What the epoll engine does when an operation is tried: one system call each, where one suffices.
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "patchbay/net/epoll_engine.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/stream.hpp"

namespace patchbay {

namespace {

bool would_block(int code) { return code == EAGAIN || code == EWOULDBLOCK; }

// The table of the process or the system is full, or the kernel is short of memory for a socket.
bool is_starvation(int code) {
  return code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM;
}

// The connection died in the queue before it was accepted, or brings an error of its own
// (accept(2): "Linux passes already-pending network errors on the new socket"); the listener itself
// is well.
bool is_lost_client(int code) {
  switch (code) {
    case ECONNABORTED:
    case EPROTO:
    case ENOPROTOOPT:
    case ENETDOWN:
    case EHOSTDOWN:
    case ENONET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EPERM:  // a firewall rule
      return true;
    default: return false;
  }
}

}  // namespace

bool EpollEngine::attempt(Op& op) {
  Socket& tried = socket(op.handle);
  if (!is_current(tried, op.handle)) {  // closed while the op stood in the queue
    op.outcome = Outcome::closed;
    return true;
  }
  switch (op.kind) {
    case OpKind::read: return attempt_read(op, tried);
    case OpKind::receive: return attempt_receive(op, tried);
    case OpKind::write:
    case OpKind::write_all:
    case OpKind::write_more: return attempt_write(op, tried);
    case OpKind::write_pieces: return attempt_write_pieces(op, tried);
    case OpKind::read_all: return attempt_read_all(op, tried);
    case OpKind::accept: return attempt_accept(op, tried);
    case OpKind::connect: return attempt_connect(op, tried);
    case OpKind::send_file: return attempt_send_file(op, tried);
    case OpKind::receive_batch: return attempt_receive_batch(op, tried);
    case OpKind::send_batch: return attempt_send_batch(op, tried);
    case OpKind::receive_error: return attempt_receive_error(op, tried);
    case OpKind::wait_readable:
      if (!tried.readable) return false;
      tried.readable = false;  // whoever reads the socket itself drains it, as the edge demands
      return op.finish(0);
    // Only events tell, and the first wait asks for them: no call is made here. A file has none.
    case OpKind::wait_end:
    case OpKind::wait_reset:
      if (tried.always_ready) return op.fail(EOPNOTSUPP);
      return (op.kind == OpKind::wait_end ? tried.peer_ended : tried.hung_up) && op.finish(0);
    case OpKind::shutdown_write:
      ++counters_->syscalls;
      return ::shutdown(descriptor(op.handle), SHUT_WR) == 0 ? op.finish(0) : op.fail(errno);
    default: break;  // not a socket's
  }
  return op.fail(EINVAL);
}

// recv and send where they exist: MSG_NOSIGNAL keeps a lost peer from killing the program, whatever
// it did about SIGPIPE, and MSG_DONTWAIT serves an adopted socket that others use as a blocking
// one.
ssize_t EpollEngine::read_some(Socket& from, int handle, std::byte* data, std::size_t size) {
  ssize_t count;
  do {
    ++counters_->syscalls;
    count = from.is_socket ? ::recv(descriptor(handle), data, size, MSG_DONTWAIT)
                           : ::read(descriptor(handle), data, size);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    if (would_block(errno)) from.readable = from.ended = false;
    return -1;
  }
  counters_->bytes_in += static_cast<std::uint64_t>(count);
  // A stream that gave less than was asked for is drained, unless it has ended: save the call that
  // would say so.
  if (static_cast<std::size_t>(count) < size && from.is_tcp && !from.ended) from.readable = false;
  return count;
}

ssize_t EpollEngine::write_some(Socket& to, int handle, const std::byte* data, std::size_t size,
                                int flags) {
  ssize_t count;
  flags |= MSG_NOSIGNAL | MSG_DONTWAIT;
  do {
    ++counters_->syscalls;
    count = to.is_socket ? ::send(descriptor(handle), data, size, flags)
                         : ::write(descriptor(handle), data, size);
  } while (count < 0 && errno == EINTR);
  if (count < 0) {
    if (would_block(errno)) to.writable = false;
    return -1;
  }
  counters_->bytes_out += static_cast<std::uint64_t>(count);
  return count;
}

bool EpollEngine::attempt_read(Op& op, Socket& from) {
  if (op.size == 0) return op.finish(0);
  if (!from.readable) return false;
  const ssize_t count = read_some(from, op.handle, op.data, op.size);
  if (count >= 0) return op.finish(static_cast<std::size_t>(count));
  return from.readable && op.fail(errno);
}

bool EpollEngine::attempt_receive(Op& op, Socket& from) {
  if (!from.readable) return false;
  BufferPool& buffers = Loop::current().buffers();
  const BufferPool::Block block = buffers.lend();
  const ssize_t count = read_some(from, op.handle, block.data, block.size);
  if (count > 0) {
    op.data = block.data;
    op.size = block.size;
    return op.finish(static_cast<std::size_t>(count));
  }
  const int code = errno;
  buffers.give_back(block);
  if (count == 0) return op.finish(0);
  return from.readable && op.fail(code);
}

bool EpollEngine::attempt_read_all(Op& op, Socket& from) {
  while (op.done < op.size) {
    if (!from.readable) return false;
    const ssize_t count = read_some(from, op.handle, op.data + op.done, op.size - op.done);
    if (count < 0) return from.readable && op.fail(errno);
    if (count == 0) break;  // the caller sees that less than `size` is there
    op.done += static_cast<std::size_t>(count);
  }
  return op.finish(op.done);
}

bool EpollEngine::attempt_write(Op& op, Socket& to) {
  const int flags = op.kind == OpKind::write_more ? MSG_MORE : 0;
  do {
    if (!to.writable) return false;
    const ssize_t count = write_some(to, op.handle, op.data + op.done, op.size - op.done, flags);
    if (count < 0) return to.writable && op.fail(errno);
    op.done += static_cast<std::size_t>(count);
  } while (writes_all(op.kind) && op.done < op.size);
  return op.finish(op.done);
}

bool EpollEngine::attempt_write_pieces(Op& op, Socket& to) {
  if (!to.writable) return false;
  auto* const pieces = static_cast<iovec*>(op.argument);
  msghdr message{};
  message.msg_iov = pieces;
  message.msg_iovlen = op.size;
  constexpr int flags = MSG_NOSIGNAL | MSG_DONTWAIT;
  ssize_t count;
  do {
    ++counters_->syscalls;
    if (!to.is_socket) {
      count = ::writev(descriptor(op.handle), pieces, static_cast<int>(op.size));
    } else if (op.size == 1) {  // costs a twentieth less
      count = ::send(descriptor(op.handle), pieces->iov_base, pieces->iov_len, flags);
    } else {
      count = ::sendmsg(descriptor(op.handle), &message, flags);
    }
  } while (count < 0 && errno == EINTR);
  if (count >= 0) {
    counters_->bytes_out += static_cast<std::uint64_t>(count);
    return op.finish(static_cast<std::size_t>(count));
  }
  if (!would_block(errno)) return op.fail(errno);
  to.writable = false;
  return false;
}

bool EpollEngine::attempt_accept(Op& op, Socket& listener) {
  while (listener.readable) {
    ++counters_->syscalls;
    const int accepted =
        ::accept4(descriptor(op.handle), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (accepted >= 0) {
      const auto handle = add(accepted, listener.is_tcp);  // may move `listener`: the table grows
      if (handle) return op.finish(static_cast<std::size_t>(*handle));
      ::close(accepted);
      return op.fail(EMFILE);
    }
    if (would_block(errno)) {
      listener.readable = false;
      told_of_starvation_ = false;  // the queue is empty: that shortage is over
      return false;
    }
    if (errno == EINTR || is_lost_client(errno)) continue;
    if (!is_starvation(errno)) return op.fail(errno);
    op.error = errno;  // park() keeps it apart until a descriptor is free
    if (!std::exchange(told_of_starvation_, true)) {
      Loop::current().notice(
          "out of descriptors: no new connections until one is closed "
          "(raise the limit with: ulimit -n)");
    }
    return false;
  }
  return false;
}

// The kernel is asked again at once, since over the loopback or a pair of veth the answer came
// before the first call returned: then nobody waits. From there on events tell. Asked again,
// connect(2) says what became of the first: 0, EALREADY or its error, and after an error the socket
// may connect anew.
bool EpollEngine::attempt_connect(Op& op, Socket& connecting) {
  const auto* const address = reinterpret_cast<const sockaddr*>(op.data);
  const auto address_size = static_cast<socklen_t>(op.size);
  if (op.done == 0) {
    ++counters_->syscalls;
    if (::connect(descriptor(op.handle), address, address_size) == 0) return op.finish(0);
    if (errno != EINPROGRESS && errno != EINTR) return op.fail(errno);
    op.done = 1;
    // What events said of an earlier connection that this socket tried for is over.
    connecting.ended = connecting.peer_ended = connecting.hung_up = connecting.has_errors = false;
    connecting.readable = false;
    connecting.writable = true;
  }
  if (!connecting.writable) return false;
  ++counters_->syscalls;
  if (::connect(descriptor(op.handle), address, address_size) == 0 || errno == EISCONN) {
    return op.finish(0);  // the event that says so may say as well that the peer has spoken
  }
  if (errno != EALREADY && errno != EINTR) return op.fail(errno);
  connecting.writable = false;
  return false;
}

bool EpollEngine::attempt_send_file(Op& op, Socket& to) {
  auto& range = *static_cast<FileRange*>(op.argument);
  while (range.length > 0) {
    if (!to.writable) return false;
    auto offset = static_cast<off_t>(range.offset);
    ++counters_->syscalls;
    // The kernel moves at most this much at a time (sendfile(2)).
    const std::size_t most = std::min<std::uint64_t>(range.length, 0x7ffff000);
    const ssize_t count = ::sendfile(descriptor(op.handle), range.descriptor, &offset, most);
    if (count < 0) {
      if (errno == EINTR) continue;
      if (!would_block(errno)) return op.fail(errno);
      to.writable = false;
      return false;
    }
    if (count == 0) return op.fail(ENODATA);  // the file is shorter than the range
    const auto moved = static_cast<std::uint64_t>(count);
    range.offset += moved;
    range.length -= moved;
    op.done += moved;
    counters_->bytes_out += moved;
  }
  return op.finish(op.done);
}

}  // namespace patchbay
