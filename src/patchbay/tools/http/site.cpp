#include "patchbay/tools/http/site.hpp"

#include <algorithm>

#include "patchbay/http/http_layers.hpp"
#include "patchbay/http/http_proxy.hpp"
#include "patchbay/http/http_uploads.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/http/accounts.hpp"

namespace patchbay {

namespace {

using Handler = std::shared_ptr<HttpHandler>;

std::expected<Handler, Failure> guard(Handler inner, const std::string& accounts,
                                      std::vector<HttpGuardRule> rules) {
  auto table = read_accounts(accounts);
  if (!table) return std::unexpected(table.error());
  return std::make_shared<HttpGuard>(
      std::move(inner), std::make_shared<Accounts>(std::move(*table)), std::move(rules));
}

// A folder, and who stores files in it.
std::expected<Handler, Failure> open_folder(const SiteOptions& options, const std::string& path,
                                            const StaticFolderOptions& folders) {
  auto folder = StaticFolder::open(path, folders);
  if (!folder) return std::unexpected(Failure(folder.error()));
  if (!options.uploads) return Handler(std::move(*folder));
  auto uploads = HttpUploads::open(std::move(*folder), path,
                                   {.most_bytes = options.upload_bytes,
                                    .dotfiles = options.folder.dotfiles,
                                    .local_only = options.local_only});
  if (!uploads) return std::unexpected(Failure(uploads.error()));
  if (options.upload_accounts.empty()) return Handler(std::move(*uploads));
  return guard(std::move(*uploads), options.upload_accounts, {{.methods = {"PUT", "POST"}}});
}

// What a rule and a route have in common; nothing if they are beside each other.
std::optional<std::string> common_path(const std::string& rule, const std::string& prefix) {
  if (HttpGuardRule{.path = rule}.covers("GET", prefix)) return prefix;
  if (HttpGuardRule{.path = prefix}.covers("GET", rule)) return rule;
  return std::nullopt;
}

// Who may store files is asked for a password of its own: what guards the rest is not asked too.
// Where a proxy is nobody stores files: there a rule goes on to be for every method.
std::vector<HttpGuardRule> rules_of_reading(const SiteOptions& options) {
  std::vector<HttpGuardRule> rules = options.guarded;
  if (options.upload_accounts.empty()) return rules;
  std::vector<HttpGuardRule> of_proxies;
  for (HttpGuardRule& rule : rules) {
    if (!rule.methods.empty()) continue;
    rule.methods = {"GET"};
    for (const HttpProxyRoute& route : options.proxies) {
      if (auto path = common_path(rule.path, route.prefix)) {
        of_proxies.push_back({.path = std::move(*path)});
      }
    }
  }
  rules.insert(rules.end(), of_proxies.begin(), of_proxies.end());
  return rules;
}

// An archive must not lead around a password: what needs one where the folder itself needs none is
// left out of it.
StaticFolderOptions folder_options(const SiteOptions& options) {
  StaticFolderOptions folder = options.folder;
  folder.uploads = options.uploads;
  if (options.accounts.empty()) return folder;
  folder.wanted = [rules = options.guarded](std::string_view asked, std::string_view entry) {
    return needs_password(rules, "GET", asked) || !needs_password(rules, "GET", entry);
  };
  return folder;
}

// In front of everything else, the longest prefix first.
std::expected<Handler, Failure> put_proxies(Handler inner, const SiteOptions& options) {
  std::vector<HttpProxyRoute> routes = options.proxies;
  std::ranges::sort(routes, {}, [](const auto& route) { return route.prefix.size(); });
  for (HttpProxyRoute& route : routes) {
    HttpProxyOptions proxy{.route = std::move(route), .tls = options.proxy_trust};
    if (!options.accounts.empty()) proxy.guarded = rules_of_reading(options);
    auto made = HttpProxy::make(std::move(inner), std::move(proxy));
    if (!made) return std::unexpected(Failure(made.error()));
    inner = std::move(*made);
  }
  return inner;
}

}  // namespace

std::expected<Handler, Failure> make_site(const SiteOptions& options) {
  const StaticFolderOptions folders = folder_options(options);
  auto site = open_folder(options, options.path, folders);
  if (!site) return site;
  if (!options.hosts.empty()) {
    auto hosts = std::make_shared<HttpHosts>(std::move(*site));
    for (const auto& [name, path] : options.hosts) {
      auto folder = open_folder(options, path, folders);
      if (!folder) return folder;
      hosts->add(name, std::move(*folder));
    }
    site = std::move(hosts);
  }
  site = put_proxies(std::move(*site), options);
  if (!site) return site;
  if (!options.accounts.empty()) {
    site = guard(std::move(*site), options.accounts, rules_of_reading(options));
    if (!site) return site;
  }
  if (!options.cors.empty()) {
    const char* const methods = !options.proxies.empty() ? "GET, HEAD, POST, PUT, PATCH, DELETE"
                                : options.uploads        ? "GET, HEAD, PUT, POST"
                                                         : "GET, HEAD";
    site = std::make_shared<HttpCors>(std::move(*site), options.cors, methods);
  }
  if (!options.fields.empty()) {
    site = std::make_shared<HttpAddedFields>(std::move(*site), options.fields);
  }
  return site;
}

std::expected<void, Failure> check_site(const SiteOptions& options) {
  auto loop = Loop::make();
  if (!loop) return std::unexpected(Failure(loop.error()));
  const LoopGuard guard(**loop);
  const auto site = make_site(options);
  if (!site) return std::unexpected(site.error());
  return {};
}

}  // namespace patchbay
