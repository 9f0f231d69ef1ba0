// Scrollback: the lines of a room, as many as are kept.
#pragma once

#include <cstddef>
#include <deque>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/chat_client/chat_event.hpp"

namespace patchbay::chat_client {

class Scrollback {
 public:
  // Of more than `limit` lines (at least 1) the oldest are dropped.
  explicit Scrollback(std::size_t limit) : limit_(limit) {}

  // The newest. False: a line with its id is there already.
  bool add(ChatLine line);

  // Lines from before, the oldest first: each goes to its place by its time, behind those of the
  // same time. What is known by its id is passed over, and so are the oldest of more than there is
  // room for. Returns how many were added.
  std::size_t add_history(std::vector<ChatLine> lines);

  const std::deque<ChatLine>& lines() const { return lines_; }
  bool full() const { return lines_.size() >= limit_; }

  // How many lines stand behind the last one that has the words (in ASCII without regard to case),
  // the newest `skipped` lines left out; k_none: there is no such line.
  static constexpr std::size_t k_none = static_cast<std::size_t>(-1);
  std::size_t find(std::string_view words, std::size_t skipped) const;

 private:
  bool known(const ChatLine& line) const { return !line.id.empty() && ids_.contains(line.id); }
  void remember(const ChatLine& line);
  void drop_oldest();

  std::size_t limit_;
  std::deque<ChatLine> lines_;
  std::set<std::string, std::less<>> ids_;
};

}  // namespace patchbay::chat_client
