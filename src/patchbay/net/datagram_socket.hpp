// DatagramSocket: what UDP, raw IP and packet sockets have in common: batches both ways, single
// datagrams, and the error queue.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/net/datagram.hpp"
#include "patchbay/net/engine.hpp"
#include "patchbay/net/stream.hpp"

namespace patchbay {

// A datagram in the caller's memory.
struct Datagram {
  std::size_t size = 0;
  Endpoint peer;
  bool truncated = false;           // it was longer than the memory
  std::span<std::byte> bytes = {};  // what it fills of the memory

  std::string_view text() const { return as_text(bytes); }
};

// Result<size_t>: the datagrams received, at least one.
class ReceiveBatchOp : public Op {
 public:
  ReceiveBatchOp(Port* socket, int on, DatagramBatch& batch, Deadline deadline)
      : Op(OpKind::receive_batch, socket, on, deadline) {
    argument = &batch;
  }
  Result<std::size_t> await_resume() const {
    if (!succeeded()) return failure();
    return done;
  }
};

// Result<size_t>: the datagrams that the kernel took; a fault when it took none. What became of the
// others is in the batch.
class SendBatchOp : public Op {
 public:
  SendBatchOp(Port* socket, int on, DatagramBatch& batch, Deadline deadline)
      : Op(OpKind::send_batch, socket, on, deadline) {
    argument = &batch;
  }
  bool await_ready() {
    static_cast<DatagramBatch*>(argument)->begin_send();
    return Op::await_ready();
  }
  Result<std::size_t> await_resume() const;
};

// One datagram into the caller's memory.
class ReceiveIntoOp : public Op {
 public:
  ReceiveIntoOp(Port* socket, int on, std::span<std::byte> into, Deadline deadline)
      : Op(OpKind::receive_batch, socket, on, deadline, into) {}
  bool await_ready() {
    argument = &batch_.emplace(slot_, std::span(data, size));
    return Op::await_ready();
  }

 protected:
  DatagramBatch& batch() { return *batch_; }

 private:
  DatagramBatch::Slot slot_;
  std::optional<DatagramBatch> batch_;
};

class ReceiveDatagramOp : public ReceiveIntoOp {
 public:
  using ReceiveIntoOp::ReceiveIntoOp;
  Result<Datagram> await_resume();
};

// Result<>: the kernel has taken it.
class SendDatagramOp : public Op {
 public:
  SendDatagramOp(Port* socket, int on, std::span<const std::byte> bytes, Deadline deadline)
      : Op(OpKind::send_batch, socket, on, deadline), bytes_(bytes), to_peer_(true) {}
  SendDatagramOp(Port* socket, int on, std::span<const std::byte> bytes, const Endpoint& to,
                 Deadline deadline)
      : Op(OpKind::send_batch, socket, on, deadline), bytes_(bytes), to_(to), to_peer_(false) {}
  bool await_ready();
  Result<> await_resume() const;

 private:
  std::span<const std::byte> bytes_;
  Endpoint to_;
  bool to_peer_;
  DatagramBatch::Slot slot_;
  std::optional<DatagramBatch> batch_;
};

class ReceiveErrorOp : public Op {
 public:
  ReceiveErrorOp(Port* socket, int on, std::span<std::byte> into, Deadline deadline)
      : Op(OpKind::receive_error, socket, on, deadline, into) {}
  bool await_ready() {
    argument = &batch_.emplace(slot_, std::span(data, size), control_);
    return Op::await_ready();
  }
  Result<ErrorReport> await_resume();

 private:
  DatagramBatch::Slot slot_;
  alignas(cmsghdr) std::byte control_[DatagramBatch::k_received_control_bytes];
  std::optional<DatagramBatch> batch_;
};

// Move-only; the destructor closes. At most one task receives, one sends and one reads errors at a
// time, and the socket and every batch and span stay where they are while they do.
//
// Faults of all: timed_out, cancelled, closed (this side closed it meanwhile). An ICMP error about
// an earlier datagram ends, once, the receive or the send that comes next or waits: `refused` (no
// such port) or `unreachable`. The kernel tells it to connected sockets and to those with an error
// queue.
class DatagramSocket {
 public:
  DatagramSocket(Port& port, int handle) : socket_(port, handle) {}

  // Takes what is there, up to what the batch holds, and waits only when nothing is.
  ReceiveBatchOp receive(DatagramBatch& batch, Deadline deadline = {}) {
    return {&port(), handle(), batch, deadline};
  }
  // All of the batch. A deadline or a cancel may end it in the middle: batch.sent() tells where.
  SendBatchOp send(DatagramBatch& batch, Deadline deadline = {}) {
    return {&port(), handle(), batch, deadline};
  }

  // What is known of the socket by the kernel, for which the options' functions ask it.
  Result<Endpoint> local() const { return port().local(handle()); }
  std::string local_name() const;  // the same for people to read
  Result<Endpoint> peer() const { return port().peer(handle()); }
  Port& port() const { return socket_.port(); }
  int handle() const { return socket_.handle(); }
  bool is_open() const { return socket_.is_open(); }
  void close() { socket_.close(); }

 protected:
  // It closes on all paths, as a stream does; nothing else of a stream is used.
  Stream socket_;
};

// A datagram socket whose peers are endpoints: UDP and raw IP.
class IpDatagramSocket : public DatagramSocket {
 public:
  using DatagramSocket::DatagramSocket;
  using DatagramSocket::receive;
  using DatagramSocket::send;

  // One datagram.
  ReceiveDatagramOp receive_from(std::span<std::byte> into, Deadline deadline = {}) {
    return {&port(), handle(), into, deadline};
  }
  SendDatagramOp send_to(std::span<const std::byte> bytes, const Endpoint& to,
                         Deadline deadline = {}) {
    return {&port(), handle(), bytes, to, deadline};
  }
  SendDatagramOp send_to(std::string_view text, const Endpoint& to, Deadline deadline = {}) {
    return send_to(std::as_bytes(std::span(text)), to, deadline);
  }

  // From now on the socket hears only `peer`, send() goes to it, and ICMP errors are told. Sends
  // nothing and does not wait. Faults: unreachable (no route), permission (a broadcast address).
  Result<> connect(const Endpoint& peer);
  // Hears everybody again.
  Result<> disconnect();
  // Of a connected socket.
  SendDatagramOp send(std::span<const std::byte> bytes, Deadline deadline = {}) {
    return {&port(), handle(), bytes, deadline};
  }
  SendDatagramOp send(std::string_view text, Deadline deadline = {}) {
    return send(std::as_bytes(std::span(text)), deadline);
  }
  ReceiveDatagramOp receive(std::span<std::byte> into, Deadline deadline = {}) {
    return receive_from(into, deadline);
  }

  // The oldest entry of the error queue, which UdpOptions::error_queue turns on. `into` gets the
  // beginning of the datagram that failed.
  ReceiveErrorOp receive_error(std::span<std::byte> into, Deadline deadline = {}) {
    return {&port(), handle(), into, deadline};
  }
};

}  // namespace patchbay
