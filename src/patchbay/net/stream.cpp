#include "patchbay/net/stream.hpp"

#include <cerrno>

#include "patchbay/net/loop.hpp"

namespace patchbay {

Result<> ReadAllOp::await_resume() const {
  if (!succeeded()) return failure();
  if (done < size) {
    return Error(Fault::closed, operation_name(kind), "the peer ended in the middle of a message");
  }
  return ok();
}

Result<Lease> ReceiveOp::await_resume() {
  if (!succeeded()) return failure();
  if (done == 0) return Lease();
  return Lease(Loop::current().buffers(), {data, size}, done);
}

WriteAllOp::WriteAllOp(OpKind what, Port* by, int on, Deadline deadline, bool& poisoned,
                       std::span<const std::byte> bytes)
    : Op(what, by, on, deadline), poisoned_(poisoned) {
  data = const_cast<std::byte*>(bytes.data());  // only read from, as every write
  size = bytes.size();
}

bool WriteAllOp::await_ready() {
  if (!poisoned_) return Op::await_ready();
  return fail(EPIPE);
}

Result<> WriteAllOp::await_resume() {
  if (succeeded()) return ok();
  if (!poisoned_) {
    poisoned_ = done > 0;
    return failure();
  }
  return Error(Fault::closed, operation_name(kind),
               "an earlier write ended in the middle of a message");
}

bool SendFileOp::await_ready() {
  argument = &range_;
  return WriteAllOp::await_ready();
}

Result<> SendFileOp::await_resume() {
  const auto sent = WriteAllOp::await_resume();
  if (sent || outcome != Outcome::failed || error != ENODATA) return sent;
  return Error(Fault::storage, operation_name(kind), "the file ended before the range did");
}

Stream& Stream::operator=(Stream&& other) noexcept {
  if (this == &other) return *this;
  close();
  port_ = std::exchange(other.port_, &Port::closed());
  handle_ = other.handle_;
  poisoned_ = other.poisoned_;
  return *this;
}

std::string Stream::peer_name() const {
  const auto endpoint = peer();
  return endpoint ? endpoint->to_string() : "(gone)";
}

void Stream::close() { std::exchange(port_, &Port::closed())->close(handle_); }

}  // namespace patchbay
