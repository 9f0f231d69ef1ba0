#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "patchbay/tools/chat/irc/irc_commands.hpp"

namespace patchbay {

namespace {

constexpr std::array k_tables = {
    irc_registration_commands, irc_server_commands, irc_operator_commands,
    irc_presence_commands,     irc_room_commands,   irc_mode_commands,
    irc_talk_commands,         irc_query_commands,  irc_history_commands};

std::vector<const IrcCommand*> all_commands() {
  std::vector<const IrcCommand*> all;
  for (const auto table : k_tables) {
    for (const IrcCommand& command : table()) all.push_back(&command);
  }
  std::ranges::sort(all, {}, &IrcCommand::name);
  return all;
}

constexpr std::size_t k_longest_name = 16;

}  // namespace

std::span<const IrcCommand* const> irc_commands() {
  static const std::vector<const IrcCommand*> all = all_commands();
  return all;
}

const IrcCommand* find_irc_command(std::string_view name) {
  const auto all = irc_commands();
  std::array<char, k_longest_name> upper{};
  if (name.size() > upper.size()) return nullptr;
  const auto in_upper = [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  };
  std::ranges::transform(name, upper.begin(), in_upper);
  const std::string_view wanted(upper.data(), name.size());
  const auto found = std::ranges::lower_bound(all, wanted, {}, &IrcCommand::name);
  return found != all.end() && (*found)->name == wanted ? *found : nullptr;
}

}  // namespace patchbay
