// A reply template and a message: the template with itself in the gaps is the template, and the
// length of an answer is known before.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/tools/echo/reply_template.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t end = std::min(input.find('\n'), size);
  const std::string_view text = input.substr(0, end);
  const std::string_view message = input.substr(std::min(end + 1, size));

  const auto reply = ReplyTemplate::parse(text);
  FUZZ_CHECK(reply.has_value() == text.contains("{}"));
  if (!reply) return 0;
  FUZZ_CHECK(reply->fill("{}") == text);
  const std::size_t without = reply->fill("").size();
  const std::size_t gaps = (text.size() - without) / 2;
  if (gaps * message.size() > 1 << 20) return 0;
  FUZZ_CHECK(reply->fill(message).size() == without + gaps * message.size());
  return 0;
}
