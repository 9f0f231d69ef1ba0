#include "patchbay/tools/chat/irc/irc_mode_request.hpp"

#include <algorithm>
#include <charconv>

#include "patchbay/base/text.hpp"

namespace patchbay {

namespace {

// Problems of one command that are told.
constexpr std::size_t k_most_problems = 4;

bool is_key(std::string_view text) {
  return !text.empty() && text.size() <= k_irc_key_bytes && text.front() != ':' &&
         text.find_first_of(" ,") == text.npos;
}

bool is_limit(std::string_view text) {
  std::uint32_t limit = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, limit);
  return error == std::errc() && at == end && limit > 0;
}

bool is_mask(std::string_view text) {
  return !text.empty() && text.front() != ':' && text.find(' ') == text.npos && is_valid_utf8(text);
}

class Reader {
 public:
  explicit Reader(std::span<const std::string_view> words) : words_(words) {}

  IrcModeRequest read() {
    if (words_.empty()) return {};
    const std::string_view letters = words_.front();
    words_ = words_.subspan(1);
    for (const char letter : letters) take(letter);
    return std::move(request_);
  }

 private:
  void take(char letter) {
    if (letter == '+' || letter == '-') {
      set_ = letter == '+';
      return;
    }
    const IrcModeLetter* const mode = find_irc_mode(letter);
    if (mode == nullptr) return complain({.letter = letter});
    switch (mode->argument) {
      case IrcModeArgument::never: return change(*mode, {});
      case IrcModeArgument::list: return words_.empty() ? show(mode->mode) : take_mask(*mode);
      case IrcModeArgument::name: return take_name(*mode);
      case IrcModeArgument::always: return take_key(*mode);
      case IrcModeArgument::when_set: return set_ ? take_limit(*mode) : change(*mode, {});
    }
  }

  void take_mask(const IrcModeLetter& mode) {
    const std::string_view typed = next();
    if (!is_mask(typed)) return complain({mode.letter, typed, "This is no mask"});
    change_with(mode, whole_irc_mask(typed));
  }

  void take_name(const IrcModeLetter& mode) {
    if (words_.empty()) return complain({mode.letter, {}, "A nickname is missing"});
    change_with(mode, std::string(next()));
  }

  void take_key(const IrcModeLetter& mode) {
    // Many clients do not know the key that they take away.
    const std::string_view key = next();
    if (!set_) return change(mode, {});
    if (!is_key(key)) return complain({mode.letter, key, "This cannot be a key"});
    change_with(mode, std::string(key));
  }

  void take_limit(const IrcModeLetter& mode) {
    const std::string_view limit = next();
    if (!is_limit(limit)) return complain({mode.letter, limit, "This cannot be a limit"});
    change_with(mode, std::string(limit));
  }

  std::string_view next() {
    if (words_.empty()) return {};
    const std::string_view word = words_.front();
    words_ = words_.subspan(1);
    return word;
  }

  void show(ChatMode list) {
    if (std::ranges::find(request_.lists, list) == request_.lists.end()) {
      request_.lists.push_back(list);
    }
  }

  void change_with(const IrcModeLetter& mode, std::string argument) {
    if (with_argument_++ < k_irc_modes) change(mode, std::move(argument));
  }

  void change(const IrcModeLetter& mode, std::string argument) {
    // A line of letters that cancel each other is work without an end.
    if (request_.changes.size() >= k_irc_modes + k_irc_mode_letters.size()) return;
    request_.changes.push_back({.set = set_, .mode = mode.mode, .argument = std::move(argument)});
  }

  void complain(IrcModeProblem problem) {
    if (request_.problems.size() < k_most_problems) request_.problems.push_back(problem);
  }

  std::span<const std::string_view> words_;
  IrcModeRequest request_;
  bool set_ = true;
  std::size_t with_argument_ = 0;
};

}  // namespace

IrcModeRequest read_irc_modes(std::span<const std::string_view> words) {
  return Reader(words).read();
}

std::string whole_irc_mask(std::string_view typed) {
  std::string mask(utf8_prefix(typed, k_irc_mask_bytes));
  const bool has_user = mask.find('!') != mask.npos;
  const bool has_host = mask.find('@') != mask.npos;
  if (has_user && has_host) return mask;
  if (has_user) return mask + "@*";
  return has_host ? "*!" + mask : mask + "!*@*";
}

}  // namespace patchbay
