#include "patchbay/http/compressed_source.hpp"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>
#include <vector>

#include "patchbay/net/blocking.hpp"

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
  Task<Result<>> make_more(Deadline deadline);

  std::shared_ptr<HttpSource> inner_;
  std::unique_ptr<Compressor> compressor_;
  std::vector<std::byte> piece_;
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
    const auto more = co_await make_more(deadline);
    if (!more) fault_ = more.error();
  }
  const std::size_t count = std::min(into.size(), ready_.size() - ready_at_);
  std::memcpy(into.data(), ready_.data() + ready_at_, count);
  ready_at_ += count;
  co_return count;
}

Task<Result<>> CompressedSource::make_more(Deadline deadline) {
  const Error no_memory(Fault::limit, "compress the answer", "there is no memory for it");
  if (compressor_ == nullptr) co_return no_memory;
  piece_.resize(k_piece_bytes);
  const auto count = co_await inner_->read(piece_, deadline);
  if (!count) co_return count.error();
  const std::span<const std::byte> bytes = std::span(piece_).first(*count);
  is_at_end_ = bytes.empty();
  const CompressTo to = is_at_end_ ? CompressTo::finish : CompressTo::flush;
  bool is_done = false;
  if (bytes.size() <= k_small) {
    is_done = compressor_->put(bytes, to, ready_);
  } else {
    co_await off_loop([&] { is_done = compressor_->put(bytes, to, ready_); });
  }
  if (!is_done) co_return no_memory;
  co_return ok();
}

}  // namespace

std::shared_ptr<HttpSource> compressed(std::shared_ptr<HttpSource> inner, ContentCoding coding) {
  if (coding == ContentCoding::identity) return inner;
  return std::make_shared<CompressedSource>(std::move(inner), coding);
}

}  // namespace patchbay
