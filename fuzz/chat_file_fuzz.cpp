// The settings file of `chat serve`: failures that can be printed, in the order of its lines; or
// settings within their ranges.
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/chat_plan.hpp"

namespace {

using namespace patchbay;

void check_failure(const Failure& failure) {
  FUZZ_CHECK(failure.what.starts_with("conf/chat.toml:"));
  for (const std::string& text : {failure.what, failure.why, failure.remedy}) {
    FUZZ_CHECK(!text.empty() && escape_terminal(text) == text);
  }
}

void check_settings(const ChatSettings& settings) {
  const ChatLimits& limits = settings.limits;
  FUZZ_CHECK(limits.clients >= 1 && limits.rooms >= 1 && limits.rooms_per_user >= 1);
  FUZZ_CHECK(limits.name_length >= 1 && limits.name_length <= 64);
  FUZZ_CHECK(limits.topic_length >= 1 && limits.topic_length <= 400);
  FUZZ_CHECK(limits.commands.per_second > 0 && limits.commands.burst >= 0);
  FUZZ_CHECK(settings.history.page >= 1 && settings.history.page <= 1000);
  for (const ChatOperator& who : settings.operators) {
    FUZZ_CHECK(!who.name.empty() && who.hash.starts_with("$argon2id$"));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  ChatServeOptions options;
  const auto read = read_chat_file(text, "conf/chat.toml", options);
  if (read) {
    check_settings(options.settings);
    return 0;
  }
  FUZZ_CHECK(!read.error().empty());
  for (const Failure& failure : read.error()) check_failure(failure);
  return 0;
}
