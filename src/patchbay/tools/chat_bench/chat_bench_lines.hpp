// ChatBenchLines: lines out of what a connection brings, wherever it is cut.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace patchbay {

// A line that the server ends later than that is none: also the longest list of a room is shorter.
inline constexpr std::size_t k_most_chat_bench_line_bytes = 1 << 20;

// Whole lines are looked at where they lie; only one that is cut is copied.
class ChatBenchLines {
 public:
  // visit(line) for each line that has come to its end, without that end. False: what is begun has
  // become too long.
  template <class Visit>
  bool take(std::string_view bytes, Visit visit) {
    if (!begun_.empty()) {
      const std::size_t end = bytes.find('\n');
      begun_ += bytes.substr(0, end);
      if (end == bytes.npos) return begun_.size() <= k_most_chat_bench_line_bytes;
      visit(without_return(begun_));
      begun_.clear();
      bytes.remove_prefix(end + 1);
    }
    for (std::size_t end; (end = bytes.find('\n')) != bytes.npos; bytes.remove_prefix(end + 1)) {
      visit(without_return(bytes.substr(0, end)));
    }
    begun_ = bytes;
    return true;
  }

 private:
  static std::string_view without_return(std::string_view line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  std::string begun_;
};

}  // namespace patchbay
