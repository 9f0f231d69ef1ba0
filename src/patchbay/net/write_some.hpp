// write_some: a write that can be given up and gone on with, where Stream::write_all() poisons its
// stream.
#pragma once

#include <cstddef>
#include <span>

#include "patchbay/net/stream.hpp"

namespace patchbay {

// Result<size_t>: how many bytes the kernel took, at least one.
class WriteSomeOp : public Op {
 public:
  WriteSomeOp(Port* port, int handle, Deadline deadline, std::span<const std::byte> bytes)
      : Op(OpKind::write, port, handle, deadline) {
    data = const_cast<std::byte*>(bytes.data());  // only read from, as every write
    size = bytes.size();
  }
  Result<std::size_t> await_resume() const {
    if (!succeeded()) return failure();
    return done;
  }
};

// As much of it as goes at once; not empty. After a deadline or a cancel nothing counts as taken:
// whoever goes on begins with the same bytes, and has to, since of TLS some may be in a record
// already.
inline WriteSomeOp write_some(Stream& stream, std::span<const std::byte> bytes,
                              Deadline deadline = {}) {
  return {&stream.port(), stream.handle(), deadline, bytes};
}

}  // namespace patchbay
