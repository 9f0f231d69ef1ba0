#include "patchbay/http/http2_content.hpp"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "patchbay/http/next_room.hpp"
#include "patchbay/net/blocking.hpp"

namespace patchbay {

namespace {

using Parts = std::vector<std::variant<std::string, HttpFilePart>>;

}  // namespace

void Http2Content::begin(const HttpResponse& response) {
  clear();
  response_ = &response;
}

void Http2Content::clear() {
  response_ = nullptr;
  part_ = 0;
  offset_ = 0;
  fetched_.reset();
  fetched_bytes_ = fetched_taken_ = fetched_room_ = 0;
  source_ended_ = failed_ = false;
}

Http2Content::Piece Http2Content::take(std::span<std::byte> into) {
  if (failed_) return {0, State::broken};
  if (response_ == nullptr) return {0, State::end};
  const HttpResponse::Body& body = response_->body;
  if (const auto* text = std::get_if<std::string>(&body)) return take_text(*text, into);
  if (const auto* file = std::get_if<HttpFilePart>(&body)) return take_file(*file, into);
  if (const auto* made = std::get_if<std::shared_ptr<const HttpPrepared>>(&body)) {
    return take_text((*made)->body, into);
  }
  if (std::holds_alternative<std::shared_ptr<HttpSource>>(body)) return take_source(into);
  const auto* const parts = std::get_if<Parts>(&body);
  if (parts == nullptr) return {0, State::end};
  while (part_ < parts->size()) {
    const auto& part = (*parts)[part_];
    const auto* const text = std::get_if<std::string>(&part);
    const Piece piece =
        text != nullptr ? take_text(*text, into) : take_file(std::get<HttpFilePart>(part), into);
    if (piece.state != State::end) return piece;
    ++part_;
    offset_ = 0;
    const bool last = part_ == parts->size();
    if (piece.bytes > 0) return {piece.bytes, last ? State::end : State::more};
  }
  return {0, State::end};
}

Http2Content::Piece Http2Content::went_on(std::size_t bytes, std::uint64_t of) {
  offset_ += bytes;
  return {bytes, offset_ >= of ? State::end : State::more};
}

Http2Content::Piece Http2Content::take_text(std::string_view text, std::span<std::byte> into) {
  const std::string_view rest = text.substr(std::min<std::size_t>(offset_, text.size()));
  const std::size_t bytes = std::min(rest.size(), into.size());
  if (bytes > 0) std::memcpy(into.data(), rest.data(), bytes);
  return went_on(bytes, text.size());
}

std::size_t Http2Content::take_fetched(std::span<std::byte> into) {
  const std::size_t bytes = std::min(fetched_bytes_ - fetched_taken_, into.size());
  if (bytes == 0) return 0;
  std::memcpy(into.data(), fetched_.get() + fetched_taken_, bytes);
  fetched_taken_ += bytes;
  return bytes;
}

Http2Content::Piece Http2Content::take_file(const HttpFilePart& part, std::span<std::byte> into) {
  if (const std::size_t bytes = take_fetched(into); bytes > 0) return went_on(bytes, part.length);
  fetched_.reset();
  const std::uint64_t left = part.length - std::min(offset_, part.length);
  if (left == 0) return {0, State::end};
  iovec memory = {.iov_base = into.data(), .iov_len = std::min<std::uint64_t>(left, into.size())};
  const ssize_t got = ::preadv2(part.file->descriptor(), &memory, 1,
                                static_cast<off_t>(part.offset + offset_), RWF_NOWAIT);
  if (got > 0) return went_on(static_cast<std::size_t>(got), part.length);
  if (got == 0) return {0, State::broken};  // it has become shorter
  // Not in memory, or a file system that does not tell: it is read off the loop.
  return {0, State::later};
}

Http2Content::Piece Http2Content::take_source(std::span<std::byte> into) {
  const auto& source = *std::get<std::shared_ptr<HttpSource>>(response_->body);
  const std::size_t bytes = take_fetched(into);
  const bool all_taken = fetched_taken_ == fetched_bytes_;
  const auto size = source.size();
  const bool complete = source_ended_ || (size && offset_ >= *size);
  if (complete && all_taken) {
    const bool short_of_it = size && offset_ < *size;
    return {bytes, short_of_it ? State::broken : State::end};
  }
  return {bytes, bytes == 0 ? State::later : State::more};
}

const HttpFilePart* Http2Content::current_file() const {
  if (const auto* file = std::get_if<HttpFilePart>(&response_->body)) return file;
  const auto* const parts = std::get_if<Parts>(&response_->body);
  if (parts == nullptr || part_ >= parts->size()) return nullptr;
  return std::get_if<HttpFilePart>(&(*parts)[part_]);
}

Task<> Http2Content::fetch() {
  if (response_ == nullptr || failed_) co_return;
  if (const auto* source = std::get_if<std::shared_ptr<HttpSource>>(&response_->body)) {
    co_await fetch_source(**source);
  } else if (const HttpFilePart* const file = current_file(); file != nullptr) {
    co_await fetch_file(*file);
  }
}

Task<> Http2Content::fetch_file(const HttpFilePart& part) {
  const std::uint64_t left = part.length - std::min(offset_, part.length);
  fetched_room_ = std::min<std::uint64_t>(left, k_file_bytes);
  fetched_ = std::make_unique_for_overwrite<std::byte[]>(fetched_room_);
  ssize_t got = 0;
  const auto position = static_cast<off_t>(part.offset + offset_);
  co_await off_loop([this, &got, &part, position] {
    do {
      got = ::pread(part.file->descriptor(), fetched_.get(), fetched_room_, position);
    } while (got < 0 && errno == EINTR);
  });
  fetched_taken_ = 0;
  fetched_bytes_ = got > 0 ? static_cast<std::size_t>(got) : 0;
  failed_ = got <= 0;
}

Task<> Http2Content::fetch_source(HttpSource& source) {
  const auto size = source.size();
  std::uint64_t wanted =
      size ? k_source_bytes : next_room(fetched_room_, fetched_bytes_, k_source_bytes);
  if (size) wanted = std::min(wanted, *size - std::min(offset_, *size));
  if (wanted > fetched_room_ || wanted < fetched_room_ / 4) {
    fetched_ = std::make_unique_for_overwrite<std::byte[]>(wanted);
    fetched_room_ = wanted;
  }
  const auto got = co_await source.read({fetched_.get(), static_cast<std::size_t>(wanted)});
  fetched_taken_ = 0;
  fetched_bytes_ = got ? *got : 0;
  failed_ = !got.has_value();
  source_ended_ = got && *got == 0;
  offset_ += fetched_bytes_;
}

}  // namespace patchbay
