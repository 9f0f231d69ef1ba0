#include "patchbay/tools/http/site_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/http/proxy_rule.hpp"
#include "patchbay/tools/http/serve_options.hpp"
#include "patchbay/tools/http/site_words.hpp"
#include "patchbay/tools/suggest.hpp"

namespace patchbay {

namespace {

// What the file calls otherwise than the command line: what is there is said, not what is not, and
// what there may be several of is a table.
constexpr std::pair<std::string_view, std::string_view> k_renamed[] = {
    {"list", "no-list"},   {"compress", "no-compress"}, {"precompressed", "no-precompressed"},
    {"headers", "header"}, {"errors", "error"},
};
constexpr std::string_view k_own[] = {"hosts", "root", "cert", "key", "proxy"};

// One site, key by key.
class Reader {
 public:
  Reader(const std::string& folder, SettingsFaults& faults) : folder_(folder), faults_(faults) {
    declare_site(words_, site_);
    declare_proxy_trust(words_, site_);
    declare_uploads(words_, site_);
    site_.path.clear();
  }

  SiteOptions read(const toml::table& table);

 private:
  void read_key(std::string_view key, const toml::node& node);
  void refuse_key(std::string_view key, const toml::node& node);
  void read_renamed(std::string_view key, Flag& flag, const toml::node& node);
  void read_hosts(const toml::node& node);
  void read_proxy(const toml::node& node);
  void read_path(std::string_view key, const toml::node& node, std::string& into);
  void check(const toml::table& table);
  Flag* find(std::string_view name) {
    const auto flag = std::ranges::find(words_.flags(), name, &Flag::name);
    return flag == words_.flags().end() ? nullptr : &*flag;
  }

  const std::string& folder_;
  SettingsFaults& faults_;
  SiteOptions site_;
  Command words_{"site", "", nullptr};
};

void Reader::read_path(std::string_view key, const toml::node& node, std::string& into) {
  if (!read_text(key, node, into, faults_)) return;
  if (into.empty()) {
    faults_.add(node, fmt::format("'{}' is empty", key), "it has to name a file or a folder",
                "leave the key out where there is none");
  }
  into = path_below(folder_, into);
}

void Reader::read_hosts(const toml::node& node) {
  const toml::array* const list = node.as_array();
  if (list == nullptr || list->empty()) {
    faults_.add(node, "'hosts' is no list of names", "a site can have several",
                "hosts = [\"example.net\", \"www.example.net\"]; without it the site is for all "
                "other hosts");
    return;
  }
  for (const toml::node& one : *list) {
    std::string& host = site_.hosts.emplace_back();
    if (!read_text("hosts", one, host, faults_)) continue;
    if (const char* const why = why_no_host(host)) {
      faults_.add(one, fmt::format("'{}' cannot be a host", escape_terminal(host)), why,
                  "hosts = [\"example.net\"]");
    }
  }
}

void Reader::read_proxy(const toml::node& node) {
  constexpr const char* form = "proxy = { \"/api\" = \"http://127.0.0.1:3000\" }";
  const toml::table* const table = node.as_table();
  if (table == nullptr) {
    faults_.add(node, "'proxy' is no table", "it names a server for each path", form);
    return;
  }
  for (const auto& [path, value] : *table) {
    std::string url;
    if (!read_text(fmt::format("proxy.{}", path.str()), value, url, faults_)) continue;
    auto added = add_proxy_rule(fmt::format("{}={}", path.str(), url), site_.proxies);
    if (added) continue;
    // What it may show of the URL it shows: a password in it is not repeated.
    faults_.add(value, added.error().what, added.error().why, form);
  }
}

void Reader::read_renamed(std::string_view key, Flag& flag, const toml::node& node) {
  if (key == "headers") return read_pairs(flag, key, ": ", node, faults_);
  if (key == "errors") return read_pairs(flag, key, "=", node, faults_);
  const auto yes = node.value_exact<bool>();
  if (!yes) {
    faults_.add(node, fmt::format("'{}' is neither true nor false", key),
                "it is a value of another kind", fmt::format("{} = false", key));
    return;
  }
  (void)flag.value.assign(*yes ? "false" : "true");
}

// What stands behind [[site]] belongs to the site: TOML's most frequent trap.
void Reader::refuse_key(std::string_view key, const toml::node& node) {
  const std::vector<std::string> of_server = serve_keys();
  if (std::ranges::find(of_server, key) == of_server.end()) {
    return tell_unknown(key, node, site_keys(), faults_);
  }
  faults_.add(node, fmt::format("'{}' belongs to the whole server", key),
              "what follows a line [[site]] is about this site",
              "write it above the first [[site]]");
}

void Reader::read_key(std::string_view key, const toml::node& node) {
  if (key == "hosts") return read_hosts(node);
  if (key == "proxy") return read_proxy(node);
  if (key == "root") return read_path(key, node, site_.path);
  if (key == "cert") return read_path(key, node, site_.certificate.certificate_file);
  if (key == "key") return read_path(key, node, site_.certificate.key_file);
  if (key == "auth") return read_path(key, node, site_.accounts);
  if (key == "proxy-ca") return read_path(key, node, site_.proxy_trust.ca_file);
  if (key == "upload-auth") return read_path(key, node, site_.upload_accounts);
  for (const auto& [mine, flag] : k_renamed) {
    if (key == mine) return read_renamed(key, *find(flag), node);
    if (key != flag || flag == "header" || flag == "error") continue;
    faults_.add(node, fmt::format("nothing is called '{}' here", key),
                "a file says what there is, not what there is not",
                fmt::format("{} = false", mine));
    return;
  }
  Flag* const flag = find(key);
  if (flag == nullptr || key == "header" || key == "error") return refuse_key(key, node);
  read_flag(*flag, key, node, faults_);
}

void Reader::check(const toml::table& table) {
  check_partners(words_, table, faults_);
  const bool has_cert = table.contains("cert");
  if (has_cert != table.contains("key")) {
    faults_.add(*table.get(has_cert ? "cert" : "key"),
                has_cert ? "'cert' has no 'key'" : "'key' has no 'cert'",
                "a certificate and its private key belong together",
                "cert = \"site.crt\" and key = \"site.key\"");
  }
  if (!table.contains("root") && !table.contains("proxy")) {
    faults_.add(table, "this site has nothing to show", "it names neither a folder nor a server",
                "root = \"/srv/www\", or proxy = { \"/\" = \"http://127.0.0.1:3000\" }");
  }
  if (table.contains("root")) return;
  for (const char* const key : {"upload", "spa", "index", "archive", "errors"}) {
    const toml::node* const node = table.get(key);
    if (node == nullptr) continue;
    faults_.add(*node, fmt::format("'{}' needs 'root' beside it", key), "it is about a folder",
                "root = \"/srv/www\"");
  }
}

SiteOptions Reader::read(const toml::table& table) {
  site_.origin = faults_.place(table);
  for (const auto& [key, node] : table) read_key(key.str(), node);
  check(table);
  return std::move(site_);
}

}  // namespace

SiteOptions read_site_table(const toml::table& table, const std::string& folder,
                            SettingsFaults& faults) {
  return Reader(folder, faults).read(table);
}

std::vector<std::string> site_keys() {
  SiteOptions site;
  Command words("site", "", nullptr);
  declare_site(words, site);
  declare_proxy_trust(words, site);
  declare_uploads(words, site);
  std::vector<std::string> keys(std::begin(k_own), std::end(k_own));
  for (const Flag& flag : words.flags()) {
    const auto renamed = std::ranges::find(k_renamed, flag.name,
                                           &std::pair<std::string_view, std::string_view>::second);
    keys.emplace_back(renamed == std::end(k_renamed) ? std::string_view(flag.name)
                                                     : renamed->first);
  }
  return keys;
}

}  // namespace patchbay
