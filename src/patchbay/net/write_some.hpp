// write_some, write_pieces: writes that can be given up and gone on with, where Stream::write_all()
// poisons its stream.
#pragma once

#include <sys/uio.h>

#include <cstddef>
#include <optional>
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

// As WriteSomeOp, of bytes that lie in several places.
class WritePiecesOp : public Op {
 public:
  WritePiecesOp(Port* port, int handle, Deadline deadline, std::span<const iovec> pieces)
      : Op(OpKind::write_pieces, port, handle, deadline) {
    argument = const_cast<iovec*>(pieces.data());  // only read from
    size = pieces.size();
  }
  Result<std::size_t> await_resume() const {
    if (!succeeded()) return failure();
    return done;
  }
};

// As much of these pieces, one after the other, as goes at once, in one call where the stream can
// do so (sendmsg(2); a record of TLS has bytes of one piece). At most IOV_MAX (1,024) pieces, of
// which not all are empty; the array must live until the operation has ended, too.
inline WritePiecesOp write_pieces(Stream& stream, std::span<const iovec> pieces,
                                  Deadline deadline = {}) {
  return {&stream.port(), stream.handle(), deadline, pieces};
}

// The same without a task that could wait: nothing where the stream takes nothing at the moment.
// Whoever goes on, by this or by write_pieces(), begins with the same bytes.
std::optional<Result<std::size_t>> try_write_pieces(Stream& stream, std::span<const iovec> pieces);

}  // namespace patchbay
