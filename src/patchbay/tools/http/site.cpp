#include "patchbay/tools/http/site.hpp"

#include "patchbay/http/http_layers.hpp"

namespace patchbay {

namespace {

using Handler = std::shared_ptr<HttpHandler>;

std::expected<Handler, Failure> open_folder(const std::string& path,
                                            const StaticFolderOptions& options) {
  auto folder = StaticFolder::open(path, options);
  if (!folder) return std::unexpected(Failure(folder.error()));
  return Handler(std::move(*folder));
}

}  // namespace

std::expected<Handler, Failure> make_site(const SiteOptions& options) {
  auto site = open_folder(options.path, options.folder);
  if (!site) return site;
  if (!options.hosts.empty()) {
    auto hosts = std::make_shared<HttpHosts>(std::move(*site));
    for (const auto& [name, path] : options.hosts) {
      auto folder = open_folder(path, options.folder);
      if (!folder) return folder;
      hosts->add(name, std::move(*folder));
    }
    site = std::move(hosts);
  }
  if (!options.cors.empty()) {
    site = std::make_shared<HttpCors>(std::move(*site), options.cors, "GET, HEAD");
  }
  if (!options.fields.empty()) {
    site = std::make_shared<HttpAddedFields>(std::move(*site), options.fields);
  }
  return site;
}

}  // namespace patchbay
