#include "patchbay/cli/settings_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <optional>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/toml.hpp"

namespace patchbay {
namespace {

constexpr std::size_t largest_file = 1024 * 1024;

Failure cannot_read(const std::string& path, int code) {
  return Failure(Error::from_errno(code, "read settings from").about(path));
}

std::expected<std::string, int> read_whole(int fd) {
  std::string text;
  char part[16 * 1024];
  for (;;) {
    const ssize_t got = read(fd, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(errno);
    if (got == 0) return text;
    text.append(part, static_cast<std::size_t>(got));
    if (text.size() > largest_file) return std::unexpected(EFBIG);
  }
}

std::string as_word(const toml::node& node) {
  if (const auto value = node.value_exact<std::string>()) return *value;
  if (const auto value = node.value_exact<bool>()) return *value ? "true" : "false";
  if (const auto value = node.value_exact<std::int64_t>()) return std::to_string(*value);
  if (const auto value = node.value_exact<double>()) return fmt::format("{}", *value);
  return {};  // a date or a nested array: no flag takes one, and the empty word is refused
}

void flatten(const toml::table& table, const std::string& above, SettingsFile& file) {
  for (const auto& [name, node] : table) {
    const std::string key =
        above.empty() ? std::string(name.str()) : fmt::format("{}.{}", above, name.str());
    if (const toml::table* below = node.as_table()) {
      flatten(*below, key, file);
      continue;
    }
    SettingsEntry entry{.key = key, .words = {}, .line = node.source().begin.line};
    if (const toml::array* array = node.as_array()) {
      for (const toml::node& element : *array) entry.words.push_back(as_word(element));
    } else {
      entry.words.push_back(as_word(node));
    }
    file.entries.push_back(std::move(entry));
  }
}

}  // namespace

std::expected<SettingsFile, Failure> read_settings_file(const std::string& path) {
  SettingsFile file{.path = path, .exists = false, .entries = {}};
  if (path.empty()) return file;
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0 && (errno == ENOENT || errno == ENOTDIR)) return file;
  if (fd < 0) return std::unexpected(cannot_read(path, errno));
  const std::expected<std::string, int> text = read_whole(fd);
  close(fd);
  if (!text) return std::unexpected(cannot_read(path, text.error()));
  file.exists = true;
  const toml::parse_result parsed = toml::parse(std::string_view(*text), path);
  if (!parsed) {
    const toml::parse_error& fault = parsed.error();
    return std::unexpected(
        Failure(fmt::format("{}:{} is not TOML", escape_terminal(path), fault.source().begin.line),
                escape_terminal(fault.description()), "patchbay help config"));
  }
  flatten(parsed.table(), {}, file);
  return file;
}

}  // namespace patchbay
