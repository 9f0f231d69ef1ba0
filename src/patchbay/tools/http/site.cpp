#include "patchbay/tools/http/site.hpp"

#include "patchbay/http/http_layers.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/http/accounts.hpp"

namespace patchbay {

namespace {

using Handler = std::shared_ptr<HttpHandler>;

std::expected<Handler, Failure> open_folder(const std::string& path,
                                            const StaticFolderOptions& options) {
  auto folder = StaticFolder::open(path, options);
  if (!folder) return std::unexpected(Failure(folder.error()));
  return Handler(std::move(*folder));
}

// An archive must not lead around a password: what needs one where the folder itself needs none is
// left out of it.
StaticFolderOptions folder_options(const SiteOptions& options) {
  StaticFolderOptions folder = options.folder;
  if (options.accounts.empty()) return folder;
  folder.wanted = [rules = options.guarded](std::string_view asked, std::string_view entry) {
    return needs_password(rules, "GET", asked) || !needs_password(rules, "GET", entry);
  };
  return folder;
}

}  // namespace

std::expected<Handler, Failure> make_site(const SiteOptions& options) {
  const StaticFolderOptions folders = folder_options(options);
  auto site = open_folder(options.path, folders);
  if (!site) return site;
  if (!options.hosts.empty()) {
    auto hosts = std::make_shared<HttpHosts>(std::move(*site));
    for (const auto& [name, path] : options.hosts) {
      auto folder = open_folder(path, folders);
      if (!folder) return folder;
      hosts->add(name, std::move(*folder));
    }
    site = std::move(hosts);
  }
  if (!options.accounts.empty()) {
    auto table = read_accounts(options.accounts);
    if (!table) return std::unexpected(table.error());
    site = std::make_shared<HttpGuard>(
        std::move(*site), std::make_shared<Accounts>(std::move(*table)), options.guarded);
  }
  if (!options.cors.empty()) {
    site = std::make_shared<HttpCors>(std::move(*site), options.cors, "GET, HEAD");
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
