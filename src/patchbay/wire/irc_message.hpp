// IRC lines: tags, source, command and parameters (RFC 1459 section 2.3.1, RFC 2812 section 2.3.1,
// the message-tags specification of IRCv3).
//
//   @time=2026-03-01T12:00:00.000Z :ann!ann@host PRIVMSG #room :good morning
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace patchbay {

inline constexpr std::size_t k_irc_line_bytes = 512;  // without tags, CR LF included
// Of a client's tags, '@' and the blank behind them included; a server may send as much again.
inline constexpr std::size_t k_irc_client_tag_bytes = 4096;
inline constexpr std::size_t k_irc_tag_bytes = 8191;
inline constexpr std::size_t k_irc_parameters = 15;

// Views of the line that was parsed.
struct IrcMessage {
  std::string_view tags = {};     // without the '@', still escaped; empty: none
  std::string_view source = {};   // without the ':'; empty: none
  std::string_view command = {};  // as it was written; compare without regard to case
  std::array<std::string_view, k_irc_parameters> parameters = {};
  std::size_t count = 0;

  // Empty where there is none.
  std::string_view parameter(std::size_t index) const {
    return index < count ? parameters[index] : std::string_view{};
  }
  bool is(std::string_view wanted) const;  // the command, in ASCII without regard to case
  std::span<const std::string_view> all() const { return {parameters.data(), count}; }
};

// A line without its end. Nothing: there is no command in it, or it has a NUL, CR or LF. Further
// parameters than fifteen are a part of the last one (RFC 2812). Limits of length are the caller's.
std::optional<IrcMessage> parse_irc(std::string_view line);

// Appends the message as a line, CR LF included: what parse_irc() takes for the same message. False
// where there is none, and then nothing is appended: only the last parameter may be empty, hold
// blanks or begin with a colon, and nothing may hold NUL, CR or LF.
bool append_irc(std::string& out, const IrcMessage& message);

// --- tags ---

// The value of a tag, unescaped; nothing where it is missing, empty where it has none. What comes
// last of the same key counts.
std::optional<std::string> irc_tag(std::string_view tags, std::string_view key);
// Calls visit(key, escaped value) for each of them, in order.
template <class Visit>
void for_each_irc_tag(std::string_view tags, Visit visit) {
  while (!tags.empty()) {
    const std::string_view tag = tags.substr(0, tags.find(';'));
    tags.remove_prefix(tag.size() < tags.size() ? tag.size() + 1 : tag.size());
    if (tag.empty()) continue;
    const std::size_t equals = tag.find('=');
    visit(tag.substr(0, equals),
          equals == std::string_view::npos ? std::string_view{} : tag.substr(equals + 1));
  }
}
// Appends; ';', ' ', '\', CR and LF become "\:", "\s", "\\", "\r" and "\n", and a NUL is left out.
void append_irc_tag_value(std::string& out, std::string_view value);
// A '\' before anything else is dropped, as is one at the end.
std::string unescape_irc_tag_value(std::string_view value);

// --- names ---

// Letters of RFC 1459 ("{}|^" are the small ones of "[]\~") are not folded: CASEMAPPING=ascii.
std::string fold_irc(std::string_view name);
bool same_irc_name(std::string_view a, std::string_view b);

// Does `text` fit a mask of '*' and '?', '\' before one of them (or before itself) taking it as it
// is? '?' is one character of UTF-8. ASCII letters without regard to case; without recursion, and
// in no more steps than the two lengths multiplied.
bool matches_irc_mask(std::string_view mask, std::string_view text);

}  // namespace patchbay
