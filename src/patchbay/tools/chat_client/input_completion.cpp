#include "patchbay/tools/chat_client/input_completion.hpp"

#include "patchbay/base/ascii.hpp"
#include "patchbay/tools/chat_client/chat_wish.hpp"

namespace patchbay::chat_client {

namespace {

bool begins(std::string_view text, std::string_view word) {
  return equal_ignoring_case(text.substr(0, word.size()), word);
}

}  // namespace

void InputCompletion::begin(const InputLine& line, const ChatModel& model) {
  const std::string_view before = std::string_view(line.text()).substr(0, line.cursor());
  const std::size_t blank = before.rfind(' ');
  at_ = blank == before.npos ? 0 : blank + 1;
  const std::string_view word = before.substr(at_);
  length_ = word.size();
  next_ = 0;
  if (at_ == 0 && word.starts_with('/')) {
    for (const ChatCommand& command : chat_commands()) {
      if (begins(command.name, word.substr(1))) {
        choices_.push_back('/' + std::string(command.name) + ' ');
      }
    }
  } else if (is_room_name(word)) {
    for (const auto& room : model.rooms()) {
      if (begins(room->name, word)) choices_.push_back(room->name + ' ');
    }
  } else if (!word.empty()) {
    // "ann: …" calls her, at the beginning of a line.
    const std::string_view behind = at_ == 0 ? ": " : " ";
    const auto& members = model.current().members;
    for (auto member = members.lower_bound(fold_name(word)); member != members.end(); ++member) {
      if (!begins(member->first, word)) break;
      choices_.push_back(member->second.name + std::string(behind));
    }
  }
  if (!choices_.empty()) choices_.emplace_back(word);
}

bool InputCompletion::next(InputLine& line, const ChatModel& model) {
  if (choices_.empty()) begin(line, model);
  if (choices_.empty()) return false;
  const std::string& choice = choices_[next_];
  line.replace(at_, length_, choice);
  length_ = choice.size();
  next_ = (next_ + 1) % choices_.size();
  return true;
}

}  // namespace patchbay::chat_client
