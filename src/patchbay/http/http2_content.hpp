// Http2Content: the body of an answer, given out in pieces as large as the client's window is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>

#include "patchbay/http/http_response.hpp"

namespace patchbay {

class Http2Content {
 public:
  enum class State : std::uint8_t {
    more,    // ask again
    later,   // fetch() first
    end,     // these were the last bytes, if there were any
    broken,  // a file or a source has fewer bytes than it said, or failed
  };
  struct Piece {
    std::size_t bytes = 0;
    State state = State::more;
  };

  // `response` must last and stay where it is until clear().
  void begin(const HttpResponse& response);
  void clear();

  // The next bytes, written to `into` (not empty). Never waits: files are read from the page cache.
  Piece take(std::span<std::byte> into);
  // Gets what take() could not have at once: from the source, or from the disk, off the loop.
  Task<> fetch();

 private:
  static constexpr std::size_t k_source_bytes = 16 * 1024;
  static constexpr std::size_t k_file_bytes = 64 * 1024;

  Piece take_text(std::string_view text, std::span<std::byte> into);
  Piece take_file(const HttpFilePart& part, std::span<std::byte> into);
  Piece take_source(std::span<std::byte> into);
  std::size_t take_fetched(std::span<std::byte> into);
  Piece went_on(std::size_t bytes, std::uint64_t of);
  Task<> fetch_file(const HttpFilePart& part);
  Task<> fetch_source(HttpSource& source);
  const HttpFilePart* current_file() const;

  const HttpResponse* response_ = nullptr;
  std::size_t part_ = 0;      // of a body that has several
  std::uint64_t offset_ = 0;  // in the part; of a source: what was fetched
  std::unique_ptr<std::byte[]> fetched_;
  std::size_t fetched_bytes_ = 0;
  std::size_t fetched_taken_ = 0;
  std::size_t fetched_room_ = 0;
  bool source_ended_ = false;
  bool failed_ = false;
};

}  // namespace patchbay
