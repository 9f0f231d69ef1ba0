// LineSplitter: lines out of a stream that is cut anywhere.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace patchbay {

// What it costs is the beginning of a line whose end has not come, `limit` bytes at the most, and
// between lines nothing: so one may belong to each of very many idle connections. Every byte is
// looked at once, however the stream is cut.
class LineSplitter {
 public:
  struct Line {
    std::string_view text;         // without its end; valid until the next call
    std::string_view ending = {};  // "\n", "\r\n", or "" for a last line that has none
    // It was longer than the limit: nothing of it is here, and what follows of it is passed over.
    bool too_long = false;
  };

  // Lines of up to `limit` bytes, with a CR but without the LF.
  explicit LineSplitter(std::size_t limit) : limit_(limit) {}

  // Takes the next whole line off the front of `data`. Nothing when there is none: then all of
  // `data` was taken, and the beginning of a line is kept for later. Of one that is too long it is
  // said once, as soon as that is so.
  std::optional<Line> next(std::string_view& data);
  // What is kept, at the end of the stream: a line without its end.
  std::optional<Line> last();

  // Has there ever been a line too long?
  bool too_long() const { return too_long_; }
  // Has a line begun that has not ended yet?
  bool unfinished() const { return passing_over_ || (!kept_.empty() && !handed_out_); }
  // What it holds beside itself.
  std::size_t heap_bytes() const {
    return kept_.capacity() > std::string().capacity() ? kept_.capacity() : 0;
  }

 private:
  void let_go();

  std::size_t limit_;
  std::string kept_;           // the beginning of a line
  bool handed_out_ = false;    // kept_ is the line that was returned last
  bool passing_over_ = false;  // the rest of a line that is too long
  bool too_long_ = false;
};

}  // namespace patchbay
