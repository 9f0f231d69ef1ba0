#include "patchbay/net/write_some.hpp"

namespace patchbay {

std::optional<Result<std::size_t>> try_write_pieces(Stream& stream, std::span<const iovec> pieces) {
  WritePiecesOp op = write_pieces(stream, pieces);
  if (!stream.port().attempt(op)) return std::nullopt;
  return op.await_resume();
}

}  // namespace patchbay
