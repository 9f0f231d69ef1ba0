// What clients of IRC ask for beside the line itself: modes, pages of history, and times. However
// long a line is, what comes of it is not.
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/irc/irc_history_request.hpp"
#include "patchbay/tools/chat/irc/irc_mode_request.hpp"
#include "patchbay/tools/chat/irc/irc_time.hpp"

namespace {

using namespace patchbay;

constexpr std::size_t k_page = 100;

void check_modes(const IrcMessage& message) {
  const IrcModeRequest request = read_irc_modes(message.all());
  std::size_t arguments = 0;
  for (const ChatModeChange& change : request.changes) {
    arguments += change.argument.empty() ? 0 : 1;
    const IrcModeLetter* const mode = find_irc_mode(irc_letter_of(change.mode));
    FUZZ_CHECK(mode != nullptr && mode->mode == change.mode);
    if (mode->argument != IrcModeArgument::list) continue;
    FUZZ_CHECK(change.argument.contains('!') && change.argument.contains('@'));
    FUZZ_CHECK(is_valid_utf8(change.argument) && !change.argument.contains(' '));
  }
  FUZZ_CHECK(arguments <= k_irc_modes && request.changes.size() <= 20);
  FUZZ_CHECK(request.lists.size() <= 3 && request.problems.size() <= 4);
}

void check_history(const IrcMessage& message) {
  const auto request = read_irc_history(message, k_page);
  if (!request) {
    FUZZ_CHECK(!request.error().text.empty());
    return;
  }
  const ChatHistoryQuery& query = request->query;
  FUZZ_CHECK(query.limit >= 1 && query.limit <= k_page);
  FUZZ_CHECK(query.from || query.way == ChatHistoryQuery::Way::latest);
  FUZZ_CHECK(query.to.has_value() == (query.way == ChatHistoryQuery::Way::between));
}

void check_time(std::string_view text) {
  const auto time = parse_irc_time(text);
  if (!time) return;
  std::string written;
  append_irc_time(written, *time);
  const auto again = parse_irc_time(written);
  FUZZ_CHECK(again && *again == std::chrono::floor<std::chrono::milliseconds>(*time));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_time(input);
  const auto message = parse_irc(input);
  if (!message) return 0;
  check_modes(*message);
  check_history(*message);
  return 0;
}
