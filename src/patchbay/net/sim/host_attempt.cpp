// What the simulated engine does when an operation is tried: as the epoll engine, but it asks the
// host's sockets, and the host's faults cut short what is read and written.
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "patchbay/net/datagram.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/sim/host.hpp"
#include "patchbay/net/sim/host_engine.hpp"
#include "patchbay/net/stream.hpp"

namespace patchbay::sim {

bool HostEngine::attempt(Op& op) {
  Socket* const socket = find(op.handle);
  if (socket == nullptr) {
    op.outcome = Outcome::closed;
    return true;
  }
  ++counters_->syscalls;
  switch (op.kind) {
    case OpKind::read: return attempt_read(op, *socket);
    case OpKind::receive: return attempt_receive(op, *socket);
    case OpKind::read_all: return attempt_read_all(op, *socket);
    case OpKind::write:
    case OpKind::write_all:
    case OpKind::write_more: return attempt_write(op, *socket);
    case OpKind::write_pieces: return attempt_write_pieces(op, *socket);
    case OpKind::send_file: return attempt_send_file(op, *socket);
    case OpKind::accept: return attempt_accept(op, *socket);
    case OpKind::connect: return attempt_connect(op, *socket);
    case OpKind::receive_batch: return attempt_receive_batch(op, *socket);
    case OpKind::send_batch: return attempt_send_batch(op, *socket);
    case OpKind::wait_readable: return socket->is_readable() && op.finish(0);
    case OpKind::wait_end: return socket->peer_ended() && op.finish(0);
    case OpKind::wait_reset: return socket->hung_up() && op.finish(0);
    case OpKind::shutdown_write: {
      const int error = socket->shutdown_write();
      return error == 0 ? op.finish(0) : op.fail(error);
    }
    default: return op.fail(EOPNOTSUPP);
  }
}

bool HostEngine::attempt_accept(Op& op, Socket& socket) {
  if (!socket.has_client()) {
    told_of_starvation_ = false;
    return false;
  }
  if (!is_full()) return op.finish(static_cast<std::size_t>(add(socket.take_client())));
  op.error = EMFILE;  // park() keeps it apart until a descriptor is free
  if (!std::exchange(told_of_starvation_, true)) {
    Loop::current().notice(
        "out of descriptors: no new connections until one is closed "
        "(raise the limit with: ulimit -n)");
  }
  return false;
}

bool HostEngine::attempt_connect(Op& op, Socket& socket) {
  if (op.done == 0) {
    const auto* const address = reinterpret_cast<const sockaddr*>(op.data);
    const int error = socket.connect(address, static_cast<socklen_t>(op.size));
    if (error == 0) return op.finish(0);
    if (error != EINPROGRESS) return op.fail(error);
    op.done = 1;
    return false;
  }
  const int error = socket.connected();
  if (error == EINPROGRESS) return false;
  return error == 0 ? op.finish(0) : op.fail(error);
}

long HostEngine::read_some(Socket& socket, std::span<std::byte> into) {
  Stack& stack = host_->stack();
  const HostFaults& faults = stack.faults();
  if (faults.read_bytes_per_second > 0) {
    into = into.first(ration(into.size()));
    if (into.empty()) return -EAGAIN;
  }
  if (faults.short_reads > 0 && into.size() > 1 && stack.chance().happens(faults.short_reads)) {
    into = into.first(1 + stack.chance().bits() % (into.size() - 1));
  }
  const long count = socket.read(into);
  if (count > 0) counters_->bytes_in += static_cast<std::uint64_t>(count);
  if (faults.read_bytes_per_second > 0 && count > 0) {
    ration_bytes_ -= static_cast<std::uint64_t>(count);
  }
  return count;
}

// How much of that a slow reader may take by now. It saves up for no more than a tenth of a second.
std::size_t HostEngine::ration(std::size_t wanted) {
  const std::uint64_t rate = host_->stack().faults().read_bytes_per_second;
  const std::uint64_t most = std::max<std::uint64_t>(rate / 10, 1);
  const auto passed = static_cast<std::uint64_t>((now() - rationed_at_).count());
  const std::uint64_t per_byte = std::max<std::uint64_t>(1'000'000'000 / rate, 1);
  const std::uint64_t earned = passed / per_byte;
  if (earned > 0) {
    ration_bytes_ = std::min(ration_bytes_ + earned, most);
    rationed_at_ = now();
  }
  if (ration_bytes_ == 0) {
    const Instant next = now() + Duration(static_cast<std::int64_t>(per_byte * most));
    if (when() > next) set(next);
  }
  return std::min<std::uint64_t>(wanted, ration_bytes_);
}

// Whoever reads slowly may go on.
void HostEngine::ring() {
  for (const Place& place : places_) {
    if (place.socket != nullptr) place.socket->wake_readers();
  }
}

long HostEngine::write_some(Socket& socket, std::span<const std::byte> from) {
  Stack& stack = host_->stack();
  const double share = stack.faults().short_writes;
  const bool is_short = share > 0 && from.size() > 1 && stack.chance().happens(share);
  if (is_short) from = from.first(1 + stack.chance().bits() % (from.size() - 1));
  const long count = socket.write(from);
  if (count < 0) return count;
  counters_->bytes_out += static_cast<std::uint64_t>(count);
  cut_short_ = is_short;
  return count;
}

bool HostEngine::attempt_read(Op& op, Socket& socket) {
  if (op.size == 0) return op.finish(0);
  const long count = read_some(socket, {op.data, op.size});
  if (count >= 0) return op.finish(static_cast<std::size_t>(count));
  return count != -EAGAIN && op.fail(static_cast<int>(-count));
}

bool HostEngine::attempt_receive(Op& op, Socket& socket) {
  if (!socket.is_readable()) return false;
  BufferPool& buffers = Loop::current().buffers();
  const BufferPool::Block block = buffers.lend();
  const long count = read_some(socket, {block.data, block.size});
  if (count > 0) {
    op.data = block.data;
    op.size = block.size;
    return op.finish(static_cast<std::size_t>(count));
  }
  buffers.give_back(block);
  if (count == 0) return op.finish(0);
  return count != -EAGAIN && op.fail(static_cast<int>(-count));
}

bool HostEngine::attempt_read_all(Op& op, Socket& socket) {
  while (op.done < op.size) {
    const long count = read_some(socket, {op.data + op.done, op.size - op.done});
    if (count < 0) return count != -EAGAIN && op.fail(static_cast<int>(-count));
    if (count == 0) break;  // the caller sees that less than `size` is there
    op.done += static_cast<std::size_t>(count);
  }
  return op.finish(op.done);
}

bool HostEngine::attempt_write(Op& op, Socket& socket) {
  do {
    const long count = write_some(socket, {op.data + op.done, op.size - op.done});
    if (count < 0) return count != -EAGAIN && op.fail(static_cast<int>(-count));
    op.done += static_cast<std::size_t>(count);
    if (writes_all(op.kind) && cut_short_ && op.done < op.size) return false;
  } while (writes_all(op.kind) && op.done < op.size);
  cut_short_ = false;
  return op.finish(op.done);
}

bool HostEngine::attempt_write_pieces(Op& op, Socket& socket) {
  const std::span pieces(static_cast<const iovec*>(op.argument), op.size);
  for (const iovec& piece : pieces) {
    if (piece.iov_len == 0) continue;
    const std::span bytes(static_cast<const std::byte*>(piece.iov_base), piece.iov_len);
    const long count = write_some(socket, bytes);
    if (count < 0 && op.done > 0) break;
    if (count == -EAGAIN) return false;
    if (count < 0) return op.fail(static_cast<int>(-count));
    op.done += static_cast<std::size_t>(count);
    if (static_cast<std::size_t>(count) < piece.iov_len) break;
  }
  cut_short_ = false;
  return op.finish(op.done);
}

bool HostEngine::attempt_send_file(Op& op, Socket& socket) {
  auto& range = *static_cast<FileRange*>(op.argument);
  std::array<std::byte, 16 * 1024> piece;
  while (range.length > 0) {
    const std::size_t most = std::min<std::uint64_t>(range.length, piece.size());
    const ssize_t there =
        ::pread(range.descriptor, piece.data(), most, static_cast<off_t>(range.offset));
    if (there < 0) return op.fail(errno);
    if (there == 0) return op.fail(ENODATA);  // the file is shorter than the range
    const long count = write_some(socket, std::span(piece).first(static_cast<std::size_t>(there)));
    if (count < 0) return count != -EAGAIN && op.fail(static_cast<int>(-count));
    range.offset += static_cast<std::uint64_t>(count);
    range.length -= static_cast<std::uint64_t>(count);
    op.done += static_cast<std::size_t>(count);
    if (cut_short_ && range.length > 0) return false;
  }
  cut_short_ = false;
  return op.finish(op.done);
}

bool HostEngine::attempt_receive_batch(Op& op, Socket& socket) {
  auto& batch = *static_cast<DatagramBatch*>(op.argument);
  std::size_t count = 0;
  std::span<mmsghdr> room;
  while (count == 0 || count < room.size()) {
    if (count == 0) {
      // Only now, so that a wait leaves the batch as it is.
      if (!socket.is_readable()) return false;
      room = batch.begin_receive();
    }
    const long received = socket.receive_message(room[count]);
    if (received < 0) {
      if (count > 0) break;
      return received != -EAGAIN && op.fail(static_cast<int>(-received));
    }
    ++count;
  }
  counters_->bytes_in += batch.end_receive(count);
  return op.finish(count);
}

bool HostEngine::attempt_send_batch(Op& op, Socket& socket) {
  auto& batch = *static_cast<DatagramBatch*>(op.argument);
  Stack& stack = host_->stack();
  const double lacking = stack.faults().lacks_buffers;
  while (!batch.unsent().empty()) {
    const bool lacks = lacking > 0 && stack.chance().happens(lacking);
    const long sent = lacks ? -ENOBUFS : socket.send_message(batch.unsent().front());
    if (sent == -EAGAIN) return false;
    if (sent < 0) {
      batch.mark_refused(static_cast<int>(-sent));
    } else {
      counters_->bytes_out += batch.mark_sent(1);
    }
  }
  if (batch.taken() == 0 && batch.refused() > 0) return op.fail(batch.refusal_code());
  return op.finish(batch.taken());
}

}  // namespace patchbay::sim
