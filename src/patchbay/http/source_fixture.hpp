// For tests: sources read to their end, a source of given pieces, and one of what another brings.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/http/http_source.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

// What the reads of a source brought: at most `most` bytes each, until the end or a fault.
struct Drained {
  std::vector<std::string> pieces;
  std::optional<Error> fault;

  std::string text() const {
    std::string all;
    for (const std::string& piece : pieces) all += piece;
    return all;
  }
};

inline Task<Drained> drain(HttpSource& source, std::size_t most = 64 * 1024) {
  Drained drained;
  std::string room(most, '\0');
  for (;;) {
    const auto count = co_await source.read(std::as_writable_bytes(std::span(room)));
    if (!count) {
      drained.fault = count.error();
      co_return drained;
    }
    if (*count == 0) co_return drained;
    drained.pieces.push_back(room.substr(0, *count));
  }
}

// One read brings one piece, or what fits of it; then the end, or the fault that is given.
class PiecesSource : public HttpSource {
 public:
  explicit PiecesSource(std::vector<std::string> pieces, std::optional<Error> fault = std::nullopt)
      : pieces_(std::move(pieces)), fault_(fault) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline) override {
    if (next_ == pieces_.size()) {
      if (fault_) co_return *fault_;
      co_return 0;
    }
    std::string& piece = pieces_[next_];
    const std::size_t count = std::min(piece.size(), into.size());
    std::memcpy(into.data(), piece.data(), count);
    piece.erase(0, count);
    if (piece.empty()) ++next_;
    co_return count;
  }

 private:
  std::vector<std::string> pieces_;
  std::size_t next_ = 0;
  std::optional<Error> fault_;
};

// … and how much room there was for it each time.
class MeasuredSource final : public PiecesSource {
 public:
  using PiecesSource::PiecesSource;
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override {
    rooms.push_back(into.size());
    return PiecesSource::read(into, deadline);
  }

  std::vector<std::size_t> rooms;
};

// What another source brings, as the body of a request that becomes that of the answer.
class SameBytes final : public HttpSource {
 public:
  explicit SameBytes(HttpSource& from) : from_(from) {}
  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override {
    return from_.read(into, deadline);
  }

 private:
  HttpSource& from_;
};

}  // namespace patchbay
