// LineSplitter: lines out of a stream that is cut anywhere.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

class LineSplitter {
 public:
  struct Line {
    std::string_view text;    // without its end; valid until the next call
    std::string_view ending;  // "\n", "\r\n", or "" for a last line that has none
  };

  // Lines of up to `limit` bytes; that is also all the memory it takes.
  explicit LineSplitter(std::size_t limit) : limit_(limit) {}

  // Takes the next whole line off the front of `data`. Nothing when there is none: then all of
  // `data` was taken and is kept for later, unless the line is too long.
  std::optional<Line> next(std::string_view& data);
  // What is kept, at the end of the stream: a line without its end.
  std::optional<Line> last();

  bool too_long() const { return too_long_; }
  bool unfinished() const { return !kept_.empty(); }

 private:
  std::size_t limit_;
  std::string kept_;  // the beginning of a line
  std::string line_;  // the line returned last, where it came in several pieces
  bool too_long_ = false;
};

}  // namespace patchbay
