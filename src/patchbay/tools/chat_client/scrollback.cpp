#include "patchbay/tools/chat_client/scrollback.hpp"

#include <algorithm>
#include <utility>

#include "patchbay/base/ascii.hpp"

namespace patchbay::chat_client {

void Scrollback::remember(const ChatLine& line) {
  if (!line.id.empty()) ids_.insert(line.id);
}

void Scrollback::drop_oldest() {
  if (const auto known = ids_.find(lines_.front().id); known != ids_.end()) ids_.erase(known);
  lines_.pop_front();
}

bool Scrollback::add(ChatLine line) {
  if (known(line)) return false;
  if (full()) drop_oldest();
  remember(line);
  lines_.push_back(std::move(line));
  return true;
}

std::size_t Scrollback::add_history(std::vector<ChatLine> lines) {
  std::erase_if(lines, [this](const ChatLine& line) { return known(line); });
  const std::size_t room = limit_ - std::min(lines_.size(), limit_);
  const std::size_t passed_over = lines.size() - std::min(lines.size(), room);
  for (std::size_t i = passed_over; i < lines.size(); ++i) {
    const auto place = std::ranges::upper_bound(lines_, lines[i].at, {}, &ChatLine::at);
    remember(lines[i]);
    lines_.insert(place, std::move(lines[i]));
  }
  return lines.size() - passed_over;
}

std::size_t Scrollback::find(std::string_view words, std::size_t skipped) const {
  const std::string wanted = in_ascii_lower(words);
  for (std::size_t behind = skipped; behind < lines_.size(); ++behind) {
    const ChatLine& line = lines_[lines_.size() - 1 - behind];
    if (in_ascii_lower(line.text).find(wanted) != std::string::npos) return behind;
  }
  return k_none;
}

}  // namespace patchbay::chat_client
