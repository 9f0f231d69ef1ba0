#include "patchbay/tools/chat/room/chat_message.hpp"

#include <fmt/format.h>

#include <charconv>

namespace patchbay {

namespace {

constexpr std::size_t k_digits = 16;

}  // namespace

std::string chat_message_id(std::uint64_t id) { return fmt::format("{:016x}", id); }

std::optional<std::uint64_t> parse_chat_message_id(std::string_view text) {
  if (text.size() != k_digits) return std::nullopt;
  std::uint64_t id = 0;
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, id, 16);
  if (error != std::errc() || at != end) return std::nullopt;
  return id;
}

}  // namespace patchbay
