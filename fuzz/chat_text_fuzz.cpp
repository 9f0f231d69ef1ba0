// What may be said in a chat, and how users may be called, whatever comes in: nothing that a
// terminal acts on, that hides, or that turns text around; and names that are one stay one.
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"
#include "patchbay/tools/chat/text/chat_text.hpp"

namespace {

using namespace patchbay;

constexpr std::string_view k_formats = "\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f";

// Joiners, and signs for how an emoji is shown: one of each at the most between two characters.
bool may_be_hidden(char32_t value) {
  return value == 0x200c || value == 0x200d || value == 0xfe0e || value == 0xfe0f;
}

void check_characters(std::string_view text, bool may_have_formats) {
  bool was_joiner = false;
  while (!text.empty()) {
    const CodePoint point = decode_utf8(text);
    FUZZ_CHECK(point.valid);
    const bool is_format = may_have_formats && k_formats.contains(text.front());
    FUZZ_CHECK(is_printable(point.value) || point.value == '\t' || is_format ||
               may_be_hidden(point.value));
    const bool is_joiner = point.value == 0x200c || point.value == 0x200d;
    FUZZ_CHECK(!(is_joiner && was_joiner));
    was_joiner = is_joiner;
    text.remove_prefix(point.length);
  }
  FUZZ_CHECK(!was_joiner);
}

void check_text(std::string_view input) {
  for (const std::size_t most : {std::size_t{0}, input.size() / 2, 3 * input.size()}) {
    const std::string text = clean_chat_text(input, most);
    FUZZ_CHECK(text.size() <= most);
    FUZZ_CHECK(clean_chat_text(text, most) == text);
    check_characters(text, true);
  }
  const std::string plain = plain_chat_text(input);
  FUZZ_CHECK(plain_chat_text(plain) == plain);
  check_characters(plain, false);
}

void check_name(std::string_view input) {
  const std::string folded = fold_chat_name(input);
  FUZZ_CHECK(input.empty() || !folded.empty());
  FUZZ_CHECK(!is_valid_utf8(input) || fold_chat_name(folded) == folded);

  const std::string made = make_user_name(input, 32);
  FUZZ_CHECK(make_user_name(made, 32) == made);
  const char* const why = made.empty() ? nullptr : why_no_user_name(made, 32);
  FUZZ_CHECK(why == nullptr || std::string_view(why).contains("server"));
  if (why_no_user_name(input, 32) == nullptr) {
    FUZZ_CHECK(input.find_first_of(" \t\r\n[](){}<>@!:*?,#&$%+~'\"`") == input.npos);
    FUZZ_CHECK(fold_chat_name(input).find(' ') == std::string::npos);
    FUZZ_CHECK(make_user_name(input, 32) == input);
  }
  if (why_no_room_name(input, 64) == nullptr) {
    FUZZ_CHECK(input.find_first_of(" \t\r\n[](){}<>,:") == input.npos);
    FUZZ_CHECK(fold_chat_name(input).starts_with('#'));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  check_text(input);
  check_name(input);
  return 0;
}
