// Files of targets: words between blanks, some or one a line; "#" begins a comment.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "patchbay/tools/outcome.hpp"

namespace patchbay {

// Parts text into words as it comes, in pieces that may end anywhere.
class TargetLines {
 public:
  using Take = std::function<std::expected<void, Failure>(std::string_view word)>;

  // A longer one is refused.
  static constexpr std::size_t k_longest_word = 4096;

  explicit TargetLines(Take take) : take_(std::move(take)) {}

  // Stops at the first word that is refused, with that failure.
  std::expected<void, Failure> feed(std::string_view bytes);
  // There is no more.
  std::expected<void, Failure> end();
  // Which line it is in, the first is 1.
  std::uint64_t line() const { return line_; }

 private:
  std::expected<void, Failure> take(std::string_view end_of_word);

  Take take_;
  std::string word_;  // what has been seen of it
  std::uint64_t line_ = 1;
  bool in_comment_ = false;
};

enum class MissingFile : std::uint8_t { is_a_failure, is_empty };

// Gives each word of a file to `take`; "-" is stdin. A failure names the file, and the line where
// it is one of `take`. Files may be of any length: no more than a piece is held at a time. Blocks,
// and gives up when SIGINT, SIGTERM or SIGHUP is pending.
std::expected<void, Failure> read_target_file(const std::string& path, MissingFile missing,
                                              TargetLines::Take take);

}  // namespace patchbay
