#include "patchbay/http/compressed_source.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "patchbay/net/blocking.hpp"
#include "patchbay/net/group.hpp"

namespace patchbay {
namespace {

// Pieces end a block of the compressor each: with smaller ones the content shrinks less.
constexpr std::size_t k_piece_bytes = 64 * 1024;
// What the slowest coding does with in less time than another thread needs to wake up and answer.
constexpr std::size_t k_small = 2048;

class CompressedSource : public HttpSource {
 public:
  CompressedSource(std::shared_ptr<HttpSource> inner, ContentCoding coding)
      : inner_(std::move(inner)), compressor_(Compressor::make(coding)) {}

  Task<Result<std::size_t>> read(std::span<std::byte> into, Deadline deadline) override;

 private:
  Task<> make_more(Deadline deadline);
  Task<Result<>> fetch(Deadline deadline);
  Task<Result<>> pack(std::span<const std::byte> bytes);

  std::shared_ptr<HttpSource> inner_;
  std::unique_ptr<Compressor> compressor_;
  std::vector<std::byte> piece_;  // is packed
  std::vector<std::byte> next_;   // has been read, its first `next_bytes_`
  std::optional<std::size_t> next_bytes_;
  bool has_begun_ = false;
  std::string ready_;
  std::size_t ready_at_ = 0;
  bool is_at_end_ = false;
  std::optional<Error> fault_;
};

Task<Result<std::size_t>> CompressedSource::read(std::span<std::byte> into, Deadline deadline) {
  while (ready_at_ == ready_.size()) {
    if (fault_) co_return *fault_;
    if (is_at_end_) co_return 0;
    ready_.clear();
    ready_at_ = 0;
    co_await make_more(deadline);
  }
  const std::size_t count = std::min(into.size(), ready_.size() - ready_at_);
  std::memcpy(into.data(), ready_.data() + ready_at_, count);
  ready_at_ += count;
  co_return count;
}

// While a piece is packed the next is made, where there is sure to be one soon: what fills all of
// its room has more behind it. Not so the first, since somebody waits for the beginning of a page.
Task<> CompressedSource::make_more(Deadline deadline) {
  if (!next_bytes_) (void)co_await fetch(deadline);
  if (!next_bytes_) co_return;
  piece_.swap(next_);
  const std::span<const std::byte> bytes = std::span(piece_).first(*next_bytes_);
  next_bytes_.reset();
  if (!std::exchange(has_begun_, true) || bytes.size() < k_piece_bytes) {
    (void)co_await pack(bytes);
  } else {
    (void)co_await both(pack(bytes), fetch(deadline));
  }
}

// What fails is in fault_, so that neither of the two ends the other.
Task<Result<>> CompressedSource::fetch(Deadline deadline) {
  next_.resize(k_piece_bytes);
  const auto count = co_await inner_->read(next_, deadline);
  if (count) {
    next_bytes_ = *count;
  } else {
    fault_ = count.error();
  }
  co_return ok();
}

Task<Result<>> CompressedSource::pack(std::span<const std::byte> bytes) {
  is_at_end_ = bytes.empty();
  const CompressTo to = is_at_end_ ? CompressTo::finish : CompressTo::flush;
  bool is_done = false;
  const auto put = [&] { is_done = compressor_ != nullptr && compressor_->put(bytes, to, ready_); };
  if (bytes.size() <= k_small) {
    put();
  } else {
    co_await off_loop(put);
  }
  if (!is_done) fault_ = Error(Fault::limit, "compress the answer", "there is no memory for it");
  co_return ok();
}

}  // namespace

std::shared_ptr<HttpSource> compressed(std::shared_ptr<HttpSource> inner, ContentCoding coding) {
  if (coding == ContentCoding::identity) return inner;
  return std::make_shared<CompressedSource>(std::move(inner), coding);
}

}  // namespace patchbay
