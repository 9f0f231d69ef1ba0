#include "patchbay/tools/settings_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/suggest.hpp"

namespace patchbay {

namespace {

// How a value of this kind is written, for whoever wrote another.
std::string_view form_of(const Flag& flag) {
  switch (flag.value.kind) {
    case ValueKind::toggle: return "true or false";
    case ValueKind::count: return "a whole number, without quotes";
    case ValueKind::number: return "a number, without quotes";
    case ValueKind::duration: return "a time with its unit: \"30s\"";
    case ValueKind::size: return "a size: \"10MB\"";
    case ValueKind::rate: return "a rate: \"8kbit/s\"";
    default: return "a text in quotes";
  }
}

// A value as the flag would be given it; nothing if it is of another kind.
std::optional<std::string> word_of(const Flag& flag, const toml::node& node) {
  const ValueKind kind = flag.value.kind;
  if (kind == ValueKind::toggle) {
    const auto value = node.value_exact<bool>();
    if (!value) return std::nullopt;
    return *value ? "true" : "false";
  }
  if (const auto value = node.value_exact<std::int64_t>()) {
    if (kind == ValueKind::count || kind == ValueKind::size || kind == ValueKind::number) {
      return std::to_string(*value);
    }
    return std::nullopt;
  }
  if (const auto value = node.value_exact<double>()) {
    if (kind == ValueKind::number) return fmt::format("{}", *value);
    return std::nullopt;
  }
  if (kind == ValueKind::count) return std::nullopt;
  auto text = node.value_exact<std::string>();
  if (text && text->find('\0') != std::string::npos) return std::nullopt;
  return text;
}

// As somebody wrote it, for an error.
std::string shown(const toml::node& node) {
  if (const auto text = node.value_exact<std::string>()) return escape_terminal(*text);
  if (const auto value = node.value_exact<bool>()) return *value ? "true" : "false";
  if (const auto value = node.value_exact<std::int64_t>()) return std::to_string(*value);
  if (const auto value = node.value_exact<double>()) return fmt::format("{}", *value);
  return node.is_array() ? "a list" : node.is_table() ? "a table" : "such a value";
}

std::string bare_key(std::string_view key) { return escape_terminal(key); }

void store(Flag& flag, std::string_view key, const toml::node& node, SettingsFaults& faults) {
  const auto word = word_of(flag, node);
  if (!word) {
    faults.add(node, fmt::format("'{}' cannot be {}", bare_key(key), shown(node)),
               "it is a value of another kind", std::string(form_of(flag)));
    return;
  }
  if (auto stored = flag.value.assign(*word); !stored) {
    faults.add(node, fmt::format("'{}' cannot be '{}'", bare_key(key), shown(node)),
               std::move(stored.error().why), std::move(stored.error().remedy));
  }
}

}  // namespace

SettingsFaults::SettingsFaults(std::string_view path) : path_(escape_terminal(path)) {}

std::string SettingsFaults::place(const toml::node& at) const {
  return fmt::format("{}:{}", path_, at.source().begin.line);
}

void SettingsFaults::add(const toml::node& at, std::string_view what, std::string why,
                         std::string remedy) {
  const std::uint32_t line = at.source().begin.line;
  const auto behind = std::ranges::upper_bound(faults_, line, {}, &Fault::line);
  faults_.insert(behind, {line, Failure(fmt::format("{}: {}", place(at), what), std::move(why),
                                        std::move(remedy))});
}

std::vector<Failure> SettingsFaults::take() {
  std::vector<Failure> failures;
  for (Fault& fault : faults_) failures.push_back(std::move(fault.failure));
  faults_.clear();
  return failures;
}

void read_flag(Flag& flag, std::string_view key, const toml::node& node, SettingsFaults& faults) {
  const toml::array* const list = node.as_array();
  if (list == nullptr) return store(flag, key, node, faults);
  if (!flag.is_repeated) {
    faults.add(node, fmt::format("'{}' takes one value", bare_key(key)), "a list is given",
               std::string(form_of(flag)));
    return;
  }
  for (const toml::node& one : *list) store(flag, key, one, faults);
}

bool read_text(std::string_view key, const toml::node& node, std::string& into,
               SettingsFaults& faults) {
  auto text = node.value_exact<std::string>();
  if (text && text->find('\0') == std::string::npos) {
    into = std::move(*text);
    return true;
  }
  faults.add(node, fmt::format("'{}' cannot be {}", bare_key(key), shown(node)),
             text ? "it has a character NUL" : "it is a value of another kind",
             fmt::format("{} = \"…\"", bare_key(key)));
  return false;
}

void read_pairs(Flag& flag, std::string_view key, std::string_view joint, const toml::node& node,
                SettingsFaults& faults) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) {
    faults.add(node, fmt::format("'{}' is no table", bare_key(key)),
               "it is a value of another kind",
               fmt::format("{} = {{ \"…\" = \"…\" }}", bare_key(key)));
    return;
  }
  for (const auto& [name, value] : *table) {
    const auto add = [&](const toml::node& one) {
      std::string text;
      const std::string called = fmt::format("{}.{}", key, name.str());
      if (!read_text(called, one, text, faults)) return;
      const std::string word = fmt::format("{}{}{}", name.str(), joint, text);
      if (auto stored = flag.value.assign(word); !stored) {
        faults.add(one, fmt::format("'{}' cannot be '{}'", bare_key(called), shown(one)),
                   std::move(stored.error().why), std::move(stored.error().remedy));
      }
    };
    if (const toml::array* const list = value.as_array()) {
      for (const toml::node& one : *list) add(one);
    } else {
      add(value);
    }
  }
}

void tell_unknown(std::string_view key, const toml::node& node,
                  const std::vector<std::string>& known, SettingsFaults& faults) {
  const std::string near = nearest(key, known);
  faults.add(node, fmt::format("nothing is called '{}' here", escape_terminal(key)),
             "it is no key of this part of the file",
             near.empty() ? fmt::format("one of: {}", fmt::join(known, ", "))
                          : fmt::format("did you mean '{}'?", near));
}

std::string path_below(const std::string& folder, const std::string& path) {
  return (std::filesystem::path(folder) / path).string();
}

void check_partners(const Command& command, const toml::table& table, SettingsFaults& faults) {
  for (const Flag& flag : command.flags()) {
    const toml::node* const node = table.get(flag.name);
    if (node == nullptr) continue;
    for (const std::string& partner : flag.partners) {
      if (table.contains(partner)) continue;
      faults.add(*node, fmt::format("'{}' needs '{}' beside it", flag.name, partner), flag.help,
                 fmt::format("give {} too, or leave {} out", partner, flag.name));
    }
  }
}

}  // namespace patchbay
