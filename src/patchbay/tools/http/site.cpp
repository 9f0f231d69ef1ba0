#include "patchbay/tools/http/site.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "patchbay/http/http_layers.hpp"
#include "patchbay/http/http_proxy.hpp"
#include "patchbay/http/http_uploads.hpp"
#include "patchbay/tools/http/accounts.hpp"

namespace patchbay {

namespace {

using Handler = std::shared_ptr<HttpHandler>;

// Files of users that several sites share are read once, and guesses are counted once.
using Books = std::map<std::string, std::shared_ptr<HttpGuardBook>>;

std::expected<Handler, Failure> guard(Handler inner, const std::string& accounts, Books& books,
                                      std::vector<HttpGuardRule> rules) {
  std::shared_ptr<HttpGuardBook>& book = books[accounts];
  if (!book) {
    auto table = read_accounts(accounts);
    if (!table) return std::unexpected(table.error());
    book = std::make_shared<HttpGuardBook>();
    book->passwords = std::make_shared<Accounts>(std::move(*table));
  }
  return std::make_shared<HttpGuard>(std::move(inner), book, std::move(rules));
}

// Where nothing is: always the same error.
class Nothing final : public HttpHandler {
 public:
  Nothing(int status, std::string why) : status_(status), why_(std::move(why)) {}
  std::optional<HttpResponse> answer_now(HttpRequest&) override {
    return HttpResponse::error(status_, why_);
  }
  Task<HttpResponse> answer(HttpRequest&) override { co_return HttpResponse::error(status_, why_); }

 private:
  int status_;
  std::string why_;
};

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

// A folder, and who stores files in it.
std::expected<Handler, Failure> open_folder(const SiteOptions& options, Books& books) {
  if (options.path.empty()) return std::make_shared<Nothing>(404, "nothing is here");
  auto folder = StaticFolder::open(options.path, folder_options(options));
  if (!folder) return std::unexpected(Failure(folder.error()));
  if (!options.uploads) return Handler(std::move(*folder));
  auto uploads =
      HttpUploads::open(std::move(*folder), options.path,
                        {.most_bytes = options.upload_bytes, .dotfiles = options.folder.dotfiles});
  if (!uploads) return std::unexpected(Failure(uploads.error()));
  if (options.upload_accounts.empty()) return Handler(std::move(*uploads));
  return guard(std::move(*uploads), options.upload_accounts, books, {{.methods = {"PUT", "POST"}}});
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

// In front of everything else, the longest prefix first.
std::expected<Handler, Failure> put_proxies(Handler inner, const SiteOptions& options) {
  std::vector<HttpProxyRoute> routes = options.proxies;
  std::ranges::sort(routes, {}, [](const auto& route) { return route.prefix.size(); });
  for (HttpProxyRoute& route : routes) {
    HttpProxyOptions proxy{
        .route = std::move(route), .tls = options.proxy_trust, .sweeper = options.sweeper};
    if (!options.accounts.empty()) proxy.guarded = rules_of_reading(options);
    auto made = HttpProxy::make(std::move(inner), std::move(proxy));
    if (!made) return std::unexpected(Failure(made.error()));
    inner = std::move(*made);
  }
  return inner;
}

// Pages of other origins may read; they store nothing here, whoever may do so else. What a proxy
// passes on is for its upstream to allow.
HttpCors::Methods methods_for_others(const SiteOptions& options) {
  return [routes = options.proxies](const HttpRequest& request) -> std::string_view {
    const bool is_passed_on = std::ranges::any_of(
        routes, [&](const HttpProxyRoute& route) { return route.covers(request); });
    return is_passed_on ? "GET, HEAD, POST, PUT, PATCH, DELETE" : "GET, HEAD";
  };
}

std::expected<Handler, Failure> make_site(const SiteOptions& options, Books& books) {
  auto site = open_folder(options, books);
  if (!site) return site;
  site = put_proxies(std::move(*site), options);
  if (!site) return site;
  if (!options.accounts.empty()) {
    site = guard(std::move(*site), options.accounts, books, rules_of_reading(options));
    if (!site) return site;
  }
  if (!options.cors.empty()) {
    site = std::make_shared<HttpCors>(std::move(*site), options.cors, methods_for_others(options));
  }
  if (!options.fields.empty()) {
    site = std::make_shared<HttpAddedFields>(std::move(*site), options.fields);
  }
  // Where it has names it is asked for by no others.
  if (options.local_only && options.hosts.empty()) {
    site = std::make_shared<HttpLocalNames>(std::move(*site));
  }
  return site;
}

}  // namespace

std::expected<void, Failure> complete_site(SiteOptions& site, bool local_only) {
  const bool trusts = !site.proxy_trust.ca_file.empty() || !site.proxy_trust.pins.empty();
  if (trusts && std::ranges::none_of(site.proxies, [](const HttpProxyRoute& route) {
        return route.upstream.secure;
      })) {
    return std::unexpected(Failure("there is nobody to trust", "no rule of a proxy leads to https",
                                   "--proxy /api=https://192.0.2.1"));
  }
  site.local_only = local_only;
  if (site.guarded.empty()) site.guarded.emplace_back();  // everything
  const bool is_guarded = !site.upload_accounts.empty() ||
                          (!site.accounts.empty() && needs_password(site.guarded, "PUT", "") &&
                           needs_password(site.guarded, "POST", ""));
  if (!site.uploads || is_guarded || site.upload_by_anybody || local_only) return {};
  return std::unexpected(
      Failure("others could store files here without a password",
              "the server can be reached from other hosts",
              "name a file of users by upload-auth, or say upload-by-anybody if that is meant"));
}

std::expected<Handler, std::vector<Failure>> make_sites(const std::vector<SiteOptions>& sites,
                                                        const SiteKeepers& keepers) {
  std::vector<Failure> failures;
  Books books;
  const auto memory = std::make_shared<MemoryBudget>(k_listing_memory);
  Handler otherwise = std::make_shared<Nothing>(421, "no site here has this name");
  std::vector<std::pair<std::string, Handler>> named;
  for (SiteOptions options : sites) {
    options.folder.watch = keepers.watch;
    options.folder.memory = memory;
    options.sweeper = keepers.sweeper;
    auto site = make_site(options, books);
    if (!site) {
      failures.push_back(std::move(site.error()));
      Failure& failure = failures.back();
      if (!options.origin.empty())
        failure.what = fmt::format("{}: {}", options.origin, failure.what);
      continue;
    }
    if (options.hosts.empty()) otherwise = *site;
    for (const std::string& host : options.hosts) named.emplace_back(host, *site);
  }
  if (!failures.empty()) return std::unexpected(std::move(failures));
  if (named.empty()) return otherwise;
  auto hosts = std::make_shared<HttpHosts>(std::move(otherwise));
  for (auto& [host, site] : named) hosts->add(host, std::move(site));
  return hosts;
}

}  // namespace patchbay
