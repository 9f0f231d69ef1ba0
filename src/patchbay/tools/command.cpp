#include "patchbay/tools/command.hpp"

#include <cassert>

namespace patchbay {
namespace {

constexpr std::string_view ellipsis = "…";

}  // namespace

Flag& Flag::alias(std::string spelling) {
  aliases.push_back(std::move(spelling));
  return *this;
}

Flag& Flag::excludes(std::string other) {
  rivals.push_back(std::move(other));
  return *this;
}

Flag& Flag::needs(std::string other) {
  partners.push_back(std::move(other));
  return *this;
}

Flag& Flag::required() {
  is_required = true;
  return *this;
}

Flag& Flag::not_a_setting() {
  in_settings = false;
  return *this;
}

Command::Command(std::string name, std::string summary, Command* parent)
    : name_(std::move(name)), summary_(std::move(summary)), parent_(parent) {}

Command& Command::child(std::string name, std::string summary) {
  assert(find(name) == nullptr && "a command is declared once");
  return commands_.emplace_back(std::move(name), std::move(summary), this);
}

Command& Command::group(std::string name, std::string summary) {
  return child(std::move(name), std::move(summary));
}

Flag& Command::flag(std::string_view spelling, Value value, std::string help) {
  Flag& added = flags_.emplace_back();
  if (spelling.size() > 4 && spelling[0] == '-' && spelling[1] != '-') {
    added.letter = spelling[1];
    spelling.remove_prefix(4);  // "-r, "
  }
  assert(spelling.starts_with("--") && "every flag has a long name");
  spelling.remove_prefix(2);
  const std::size_t space = spelling.find(' ');
  added.name = spelling.substr(0, space);
  if (space != std::string_view::npos) added.value_name = spelling.substr(space + 1);
  added.help = std::move(help);
  added.section = section_;
  added.is_repeated = static_cast<bool>(value.clear);
  added.value = std::move(value);
  assert(added.takes_value() == !added.value_name.empty() && "a value has a name, a toggle none");
  return added;
}

Flag& Command::argument(std::string value_name, Value value, std::string help) {
  Flag& added = arguments_.emplace_back();
  // "[PORT]" and "[FILE]…" may be left out for their brackets, "[ADDR:]PORT" for its default only.
  std::string_view bare = value_name;
  if (bare.ends_with(ellipsis)) bare.remove_suffix(ellipsis.size());
  const bool bracketed = bare.starts_with('[') && bare.find(']') + 1 == bare.size();
  added.is_required = !bracketed && value.initial.empty() && !value.is_optional;
  added.name = std::move(value_name);
  added.value_name = added.name;
  added.help = std::move(help);
  added.is_repeated = static_cast<bool>(value.clear);
  added.in_settings = false;
  added.value = std::move(value);
  return added;
}

Command& Command::foreign_flag(std::string spelling, std::string why, std::string remedy) {
  foreign_flags_.push_back({std::move(spelling), std::move(why), std::move(remedy)});
  return *this;
}

Command& Command::section(std::string title) {
  section_ = std::move(title);
  return *this;
}

Command& Command::example(std::string line, std::string about) {
  examples_.push_back({std::move(line), std::move(about)});
  return *this;
}

Command& Command::exit_code(int code, std::string about) {
  exit_codes_.push_back({code, std::move(about)});
  return *this;
}

Command& Command::describe(std::string paragraphs) {
  description_ = std::move(paragraphs);
  return *this;
}

Command& Command::see_also(std::string man_page) {
  related_.push_back(std::move(man_page));
  return *this;
}

Command& Command::schema(int version) {
  schema_ = version;
  return *this;
}

Command& Command::plain_text() {
  plain_text_ = true;
  return *this;
}

Command& Command::hide() {
  hidden_ = true;
  return *this;
}

std::string Command::path(char separator) const {
  if (parent_ == nullptr) return {};
  std::string above = parent_->path(separator);
  return above.empty() ? name_ : above + separator + name_;
}

const Command* Command::find(std::string_view child) const {
  for (const Command& command : commands_) {
    if (command.name_ == child) return &command;
  }
  return nullptr;
}

Command* Command::find(std::string_view child) {
  return const_cast<Command*>(std::as_const(*this).find(child));
}

}  // namespace patchbay
