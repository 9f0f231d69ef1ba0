// Stream: a connection that carries bytes both ways. TcpStream, UnixStream and TlsStream are
// streams with something of their own to say; any of them moves into a plain Stream.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "patchbay/net/buffer_pool.hpp"
#include "patchbay/net/op.hpp"

namespace patchbay {

// Some bytes of an open file. `descriptor` stays the caller's.
struct FileRange {
  int descriptor;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// Result<size_t>: bytes read, at least one; 0 when the peer has ended its side.
class ReadOp : public Op {
 public:
  using Op::Op;
  Result<std::size_t> await_resume() const {
    if (!succeeded()) return failure();
    return done;
  }
};

// Result<>: all of it, or a fault. `closed` when the peer ended in the middle.
class ReadAllOp : public Op {
 public:
  using Op::Op;
  Result<> await_resume() const;
};

// Result<Lease>: what one receive brought; empty when the peer has ended its side.
class ReceiveOp : public Op {
 public:
  using Op::Op;
  Result<Lease> await_resume();
};

// Result<>: all of it was taken by the kernel. A fault after a part was taken poisons the stream:
// its later writes fail as `closed`, since the peer would read two halves as one message.
class WriteAllOp : public Op {
 public:
  WriteAllOp(OpKind kind, Port* port, int handle, Deadline deadline, bool& poisoned)
      : Op(kind, port, handle, deadline), poisoned_(poisoned) {}
  WriteAllOp(OpKind kind, Port* port, int handle, Deadline deadline, bool& poisoned,
             std::span<const std::byte> bytes);
  bool await_ready();
  Result<> await_resume();

 private:
  bool& poisoned_;
};

class SendFileOp : public WriteAllOp {
 public:
  SendFileOp(Port* port, int handle, FileRange range, Deadline deadline, bool& poisoned)
      : WriteAllOp(OpKind::send_file, port, handle, deadline, poisoned), range_(range) {}
  bool await_ready();
  Result<> await_resume();

 private:
  FileRange range_;
};

class ShutdownOp : public Op {
 public:
  using Op::Op;
  Result<> await_resume() const {
    if (!succeeded()) return failure();
    return ok();
  }
};

// Result<>: it has come to pass.
class WaitForEndOp : public Op {
 public:
  using Op::Op;
  Result<> await_resume() const {
    if (!succeeded()) return failure();
    return ok();
  }
};

// Move-only; the destructor closes. At most one task reads and one writes at a time, beside any
// that wait for an end; a stream stays where it is while they do. Spans given to an operation must
// live until it has ended.
class Stream {
 public:
  Stream(Port& port, int handle) : port_(&port), handle_(handle) {}
  Stream(Stream&& other) noexcept
      : port_(std::exchange(other.port_, &Port::closed())),
        handle_(other.handle_),
        poisoned_(other.poisoned_) {}
  Stream& operator=(Stream&& other) noexcept;
  ~Stream() { close(); }

  // Lends a buffer from the loop's pool when there is data and not before.
  ReceiveOp receive(Deadline deadline = {}) { return {OpKind::receive, port_, handle_, deadline}; }
  // As much as one read brings into the caller's memory; an empty `into` brings 0 at once. Faults:
  // timed_out, cancelled, closed (the peer reset the connection), unreachable.
  ReadOp read(std::span<std::byte> into, Deadline deadline = {}) {
    return {OpKind::read, port_, handle_, deadline, into};
  }
  ReadAllOp read_exact(std::span<std::byte> into, Deadline deadline = {}) {
    return {OpKind::read_all, port_, handle_, deadline, into};
  }

  WriteAllOp write_all(std::span<const std::byte> bytes, Deadline deadline = {}) {
    return {OpKind::write_all, port_, handle_, deadline, poisoned_, bytes};
  }
  WriteAllOp write_all(std::string_view text, Deadline deadline = {}) {
    return write_all(std::as_bytes(std::span(text)), deadline);
  }
  // As write_all(), in front of more that is written at once: the kernel may hold a small rest back
  // for it, 200 ms at most (MSG_MORE). For a head before its file.
  WriteAllOp write_more(std::span<const std::byte> bytes, Deadline deadline = {}) {
    return {OpKind::write_more, port_, handle_, deadline, poisoned_, bytes};
  }
  // The kernel moves the bytes from file to socket. `storage` when the file ends before the range.
  SendFileOp send_file(FileRange range, Deadline deadline = {}) {
    return {port_, handle_, range, deadline, poisoned_};
  }
  // Tells the peer that nothing more comes; reading goes on.
  ShutdownOp shutdown_write(Deadline deadline = {}) {
    return {OpKind::shutdown_write, port_, handle_, deadline};
  }

  // Until the peer has ended its side or reset the connection, also while what it sent before is
  // not read: nothing is read by this. A peer that has ended its side may read on (a half-close),
  // or be gone: TCP does not tell which before something is sent to it.
  WaitForEndOp wait_for_end(Deadline deadline = {}) {
    return {OpKind::wait_end, port_, handle_, deadline};
  }
  // Until the connection is reset, or has ended in both directions: a half-close is passed over.
  WaitForEndOp wait_for_reset(Deadline deadline = {}) {
    return {OpKind::wait_reset, port_, handle_, deadline};
  }

  // `closed` once the connection is reset: ask while it lives.
  Result<Endpoint> local() const { return port_->local(handle_); }
  Result<Endpoint> peer() const { return port_->peer(handle_); }
  // The peer's address for people to read; "(gone)" once the connection is reset.
  std::string peer_name() const;

  // The options of options.hpp apply to a stream by this.
  Port& port() const { return *port_; }
  int handle() const { return handle_; }

  bool is_open() const { return port_ != &Port::closed(); }
  void close();

 protected:
  Port* port_;
  int handle_;
  bool poisoned_ = false;
};

}  // namespace patchbay
