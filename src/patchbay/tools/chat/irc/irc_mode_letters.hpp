// The letters of a room's modes and ranks, and what ISUPPORT tells of them.
//
//   CHANMODES=beI,k,l,imnst PREFIX=(ov)@+ STATUSMSG=@+ MODES=6
#pragma once

#include <array>
#include <cstddef>

#include "patchbay/tools/chat/room/chat_event.hpp"

namespace patchbay {

// Changes with an argument in one line, in both directions: MODES.
inline constexpr std::size_t k_irc_modes = 6;
// Of what lets in: KEYLEN.
inline constexpr std::size_t k_irc_key_bytes = 32;
inline constexpr std::size_t k_irc_mask_bytes = 128;

enum class IrcModeArgument : std::uint8_t {
  list,      // a mask; without one the list is asked for
  name,      // of a member, always
  always,    // also when it is taken away
  when_set,  // else without
  never,
};

struct IrcModeLetter {
  char letter;
  ChatMode mode;
  IrcModeArgument argument;
};

inline constexpr std::array k_irc_mode_letters = {
    IrcModeLetter{'b', ChatMode::ban, IrcModeArgument::list},
    IrcModeLetter{'e', ChatMode::ban_except, IrcModeArgument::list},
    IrcModeLetter{'I', ChatMode::invite_except, IrcModeArgument::list},
    IrcModeLetter{'i', ChatMode::invite_only, IrcModeArgument::never},
    IrcModeLetter{'k', ChatMode::key, IrcModeArgument::always},
    IrcModeLetter{'l', ChatMode::limit, IrcModeArgument::when_set},
    IrcModeLetter{'m', ChatMode::moderated, IrcModeArgument::never},
    IrcModeLetter{'n', ChatMode::no_outside, IrcModeArgument::never},
    IrcModeLetter{'s', ChatMode::secret, IrcModeArgument::never},
    IrcModeLetter{'t', ChatMode::topic_locked, IrcModeArgument::never},
    IrcModeLetter{'o', ChatMode::op, IrcModeArgument::name},
    IrcModeLetter{'v', ChatMode::voice, IrcModeArgument::name},
};

// Null: it means nothing.
constexpr const IrcModeLetter* find_irc_mode(char letter) {
  for (const IrcModeLetter& mode : k_irc_mode_letters) {
    if (mode.letter == letter) return &mode;
  }
  return nullptr;
}

constexpr char irc_letter_of(ChatMode wanted) {
  for (const IrcModeLetter& mode : k_irc_mode_letters) {
    if (mode.mode == wanted) return mode.letter;
  }
  return '?';
}

// "@+" of an operator who also has a voice: all of them for those who know multi-prefix, the
// highest for the others.
constexpr std::string_view irc_prefixes(std::uint8_t ranks, bool all) {
  const bool op = (ranks & static_cast<std::uint8_t>(ChatRank::op)) != 0;
  const bool voice = (ranks & static_cast<std::uint8_t>(ChatRank::voice)) != 0;
  if (op) return voice && all ? "@+" : "@";
  return voice ? "+" : "";
}

}  // namespace patchbay
