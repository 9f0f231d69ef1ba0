// Words in as few lines as they need: for lists that a line of IRC may be too short for.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace patchbay {

class IrcLineList {
 public:
  // Lines of at most so many bytes; a word that is longer has one of its own.
  IrcLineList(std::size_t most_bytes, char between) : most_bytes_(most_bytes), between_(between) {}

  void add(std::string_view word) {
    if (lines_.empty() || lines_.back().size() + 1 + word.size() > most_bytes_) {
      lines_.emplace_back(word);
    } else {
      (lines_.back() += between_) += word;
    }
  }
  const std::vector<std::string>& lines() const { return lines_; }

 private:
  std::size_t most_bytes_;
  char between_;
  std::vector<std::string> lines_;
};

}  // namespace patchbay
