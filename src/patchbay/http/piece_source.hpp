// PieceSource: content that is made piece by piece, by work that blocks: off the loop, and no
// further ahead of its reader than one piece.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/http/http_source.hpp"

namespace patchbay {

class PieceSource : public HttpSource {
 public:
  // Faults: timed_out and cancelled, noticed between pieces, and what make_piece() gives.
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) final;
  // Where begin() has made all there is.
  std::optional<std::uint64_t> size() const final { return size_; }

  // Makes the first piece: what cannot be begun is known before an answer is.
  Task<Result<>> begin();

 protected:
  // `operation` completes "cannot …" in errors.
  explicit PieceSource(const char* operation) : operation_(operation) {}

  // Appends what comes next to `out`, on whatever thread, and soon: a cancel waits for it. It may
  // append nothing. False at the end: it is not called again, nor is it after a fault.
  virtual Result<bool> make_piece(std::string& out) = 0;
  // What can be done on other threads while a piece is made, for those that come after it; asked
  // for before each of them, when nothing of it is under way. It ends before the piece is read.
  virtual std::vector<std::function<void()>> work_beside() { return {}; }

 private:
  Task<> make_one();

  const char* operation_;
  std::string ready_;
  std::size_t ready_at_ = 0;
  std::optional<std::uint64_t> size_;
  Result<bool> more_ = true;
};

}  // namespace patchbay
