// The settings file of `chat serve --config FILE`: the flags as keys, and tables for the rest.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/chat_plan.hpp"
#include "patchbay/tools/settings_table.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_most_operators = 1000;

class Reader {
 public:
  Reader(const std::string& path, ChatServeOptions& options)
      : folder_(std::filesystem::path(path).parent_path().string()),
        faults_(path),
        options_(options) {
    declare_chat_doors(words_, options);
    declare_chat_names(words_, options);
    declare_chat_tls(words_, options);
    declare_chat_rooms(words_, options);
    declare_chat_limits(limits_, options.settings.limits);
    declare_chat_history(history_, options.settings.history);
    declare_chat_accounts(accounts_, options.settings.accounts);
  }

  void read(const toml::table& table);
  std::vector<Failure> faults() { return faults_.take(); }

 private:
  void read_key(std::string_view key, const toml::node& node);
  void read_word(Command& words, std::string_view key, const toml::node& node);
  void read_table(Command& words, std::string_view name, const toml::node& node);
  void read_operators(const toml::node& node);
  void read_operator(const toml::table& table);

  std::string folder_;
  SettingsFaults faults_;
  ChatServeOptions& options_;
  Command words_{"serve", "", nullptr};
  Command limits_{"limits", "", nullptr};
  Command history_{"history", "", nullptr};
  Command accounts_{"accounts", "", nullptr};
};

bool is_hash(std::string_view text) { return text.starts_with("$argon2id$"); }

std::vector<std::string> keys_of(const Command& words) {
  std::vector<std::string> keys;
  for (const Flag& flag : words.flags()) keys.push_back(flag.name);
  return keys;
}

void Reader::read_word(Command& words, std::string_view key, const toml::node& node) {
  const auto flag = std::ranges::find(words.flags(), key, &Flag::name);
  if (flag != words.flags().end()) return read_flag(*flag, key, node, faults_);
  std::vector<std::string> known = keys_of(words);
  if (&words == &words_) known.insert(known.end(), {"limits", "history", "accounts", "operator"});
  tell_unknown(key, node, known, faults_);
}

void Reader::read_table(Command& words, std::string_view name, const toml::node& node) {
  const toml::table* const table = node.as_table();
  if (table == nullptr) {
    faults_.add(node, fmt::format("'{}' is no table", name), "its keys stand below it",
                fmt::format("begin it with a line [{}]", name));
    return;
  }
  for (const auto& [key, value] : *table) {
    read_word(words, key.str(), value);
  }
}

void Reader::read_operator(const toml::table& table) {
  ChatOperator who;
  Command words{"operator", "", nullptr};
  declare_chat_operator(words, who);
  for (const auto& [key, value] : table) read_word(words, key.str(), value);
  if (who.name.empty() || !is_hash(who.hash)) {
    faults_.add(table, "an operator has no name or no password", "OPER asks for both",
                "give 'name', and as 'password' what patchbay http passwd has written");
    return;
  }
  options_.settings.operators.push_back(std::move(who));
}

void Reader::read_operators(const toml::node& node) {
  const toml::array* const list = node.as_array();
  if (list == nullptr || !list->is_homogeneous(toml::node_type::table) ||
      list->size() > k_most_operators) {
    faults_.add(node, "'operator' is no list of tables", "there can be several operators",
                "begin each with a line [[operator]]");
    return;
  }
  for (const toml::node& one : *list) read_operator(*one.as_table());
}

void Reader::read_key(std::string_view key, const toml::node& node) {
  if (key == "limits") return read_table(limits_, key, node);
  if (key == "history") return read_table(history_, key, node);
  if (key == "accounts") return read_table(accounts_, key, node);
  if (key == "operator") return read_operators(node);
  read_word(words_, key, node);
}

void Reader::read(const toml::table& table) {
  for (const auto& [key, node] : table) read_key(key.str(), node);
  check_partners(words_, table, faults_);
  const std::string& password = options_.settings.password_hash;
  if (!password.empty() && !is_hash(password)) {
    faults_.add(*table.get("password"), "'password' is not one that was hashed",
                "a file is no place for a password as it is typed",
                "write what patchbay http passwd has made of it, from \"$argon2id$\" on");
  }
  // Paths begin at the file's folder.
  for (std::string* const path :
       {&options_.db, &options_.tls_cert, &options_.tls_key, &options_.motd_file}) {
    if (!path->empty()) *path = path_below(folder_, *path);
  }
}

// What flags have said stays, whatever the file says.
template <class T>
void prefer(T& field, const T& flag) {
  if (flag != T{}) field = flag;
}

void prefer_flags(ChatServeOptions& read, const ChatServeOptions& flags) {
  const ChatServeOptions none;
  prefer(read.lines, flags.lines);
  prefer(read.irc, flags.irc);
  prefer(read.ircs, flags.ircs);
  prefer(read.web, flags.web);
  prefer(read.db, flags.db);
  prefer(read.motd_file, flags.motd_file);
  prefer(read.tls_cert, flags.tls_cert);
  prefer(read.tls_key, flags.tls_key);
  read.tls_self = read.tls_self || flags.tls_self;
  const ChatSettings& said = flags.settings;
  if (said.server_name != none.settings.server_name) read.settings.server_name = said.server_name;
  if (said.network != none.settings.network) read.settings.network = said.network;
}

}  // namespace

std::expected<void, std::vector<Failure>> read_chat_file(std::string_view text,
                                                         const std::string& path,
                                                         ChatServeOptions& options) {
  const toml::parse_result parsed = toml::parse(text, path);
  if (!parsed) {
    const toml::parse_error& fault = parsed.error();
    return std::unexpected(std::vector{
        Failure(fmt::format("{}:{} is not TOML", escape_terminal(path), fault.source().begin.line),
                escape_terminal(fault.description()), "docs/tools/chat.md shows a file")});
  }
  ChatServeOptions read;
  Reader reader(path, read);
  reader.read(parsed.table());
  std::vector<Failure> faults = reader.faults();
  if (!faults.empty()) return std::unexpected(std::move(faults));
  prefer_flags(read, options);
  options = std::move(read);
  return {};
}

}  // namespace patchbay
