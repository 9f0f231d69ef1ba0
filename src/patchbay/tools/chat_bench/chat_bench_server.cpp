#include "patchbay/tools/chat_bench/chat_bench_server.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "patchbay/tools/read_file.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_bytes = 64 * 1024;  // of a file of proc(5)

// Of stat, counted behind the name, which may hold blanks: utime and stime.
constexpr int k_user_ticks = 11;
constexpr int k_system_ticks = 12;

std::optional<std::uint64_t> read_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return std::nullopt;
  return number;
}

// Word `index` of words between blanks.
std::string_view word_at(std::string_view text, int index) {
  for (; index > 0 && !text.empty(); --index) {
    const std::size_t end = text.find(' ');
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
  }
  return text.substr(0, text.find(' '));
}

// "VmRSS:\t   123 kB"
std::optional<std::uint64_t> bytes_of(std::string_view status, std::string_view field) {
  const std::string begin = fmt::format("\n{}:", field);
  const std::size_t at = status.find(begin);
  if (at == status.npos) return std::nullopt;
  std::string_view rest = status.substr(at + begin.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
  const auto kibibytes = read_number(rest);
  if (!kibibytes) return std::nullopt;
  return *kibibytes * 1024;
}

}  // namespace

std::optional<ChatBenchServer> read_server(std::string_view stat, std::string_view status,
                                           std::uint64_t ticks_per_second) {
  const std::size_t name_end = stat.rfind(") ");
  if (name_end == stat.npos || ticks_per_second == 0) return std::nullopt;
  stat.remove_prefix(name_end + 2);
  const auto user = read_number(word_at(stat, k_user_ticks));
  const auto system = read_number(word_at(stat, k_system_ticks));
  const auto resident = bytes_of(status, "VmRSS"), peak = bytes_of(status, "VmHWM");
  const auto anonymous = bytes_of(status, "RssAnon"), data = bytes_of(status, "VmData");
  if (!user || !system || !resident || !peak || !anonymous || !data) return std::nullopt;
  const Duration tick = Duration(1s) / static_cast<std::int64_t>(ticks_per_second);
  return ChatBenchServer{.cpu = tick * static_cast<std::int64_t>(*user + *system),
                         .resident_bytes = *resident,
                         .peak_bytes = *peak,
                         .anonymous_bytes = *anonymous,
                         .data_bytes = *data};
}

std::optional<ChatBenchServer> look_at_server(std::uint32_t pid) {
  const auto stat = read_whole_file(fmt::format("/proc/{}/stat", pid), k_most_bytes);
  const auto status = read_whole_file(fmt::format("/proc/{}/status", pid), k_most_bytes);
  if (!stat || !status) return std::nullopt;
  const long ticks = ::sysconf(_SC_CLK_TCK);
  return read_server(*stat, *status, ticks > 0 ? static_cast<std::uint64_t>(ticks) : 0);
}

}  // namespace patchbay
