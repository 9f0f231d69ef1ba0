// A site: what `http serve` answers with under some host names, as the flags or a settings file
// describe it.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <vector>

#include "patchbay/http/http_guard.hpp"
#include "patchbay/http/http_handler.hpp"
#include "patchbay/http/http_pool_sweeper.hpp"
#include "patchbay/http/http_proxy_head.hpp"
#include "patchbay/http/static_folder.hpp"
#include "patchbay/net/tls_context.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

struct SiteOptions {
  std::vector<std::string> hosts = {};  // none: for whoever asks for no host of another site
  std::string path = ".";               // a folder or a file; empty: nothing beside the proxies
  std::string origin = {};              // where it is described: "sites.toml:12"; empty: by flags
  TlsIdentity certificate = {};         // for its hosts; no files: none of its own
  std::vector<HttpProxyRoute> proxies = {};       // in front of the folder; the longest prefix wins
  TlsClientOptions proxy_trust = {};              // in those servers behind it that speak https
  std::shared_ptr<HttpPoolSweeper> sweeper = {};  // of the loop's connections to them
  StaticFolderOptions folder = {};
  HttpFieldList fields = {};                // added to every answer
  std::string cors = {};                    // origin; empty: none
  std::string accounts = {};                // file of users; empty: everybody may come in
  std::vector<HttpGuardRule> guarded = {};  // what needs one of them; none: everything
  bool uploads = false;                     // PUT and forms store files in the folder
  std::string upload_accounts = {};         // who may; empty: whoever may come in
  std::uint64_t upload_bytes = 1ull << 30;  // of one request
  bool upload_by_anybody = false;           // although others reach the server
  // Nobody but this host reaches the server: then it is known by names of this host, and its own.
  bool local_only = false;
};

// What is not said of a site, by what is said; `local_only`: nobody but this host reaches the
// server. The failures: others could store files without a password, and nobody has said that they
// may; somebody is to be trusted, and no rule of a proxy leads to https.
std::expected<void, Failure> complete_site(SiteOptions& site, bool local_only);

// What a loop runs beside its sites; either may be null.
struct SiteKeepers {
  std::shared_ptr<FileWatch> watch = {};
  std::shared_ptr<HttpPoolSweeper> sweeper = {};
};

// Opens what they need: what answers for all of them. A host that no site has is answered 421 (RFC
// 9110 section 15.5.20) where no site is for those. Made once on each loop. The failures are those
// of all sites.
std::expected<std::shared_ptr<HttpHandler>, std::vector<Failure>> make_sites(
    const std::vector<SiteOptions>& sites, const SiteKeepers& keepers = {});

}  // namespace patchbay
