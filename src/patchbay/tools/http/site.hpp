// A site: what `http serve` answers with, as the command line describes it.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/http/http_guard.hpp"
#include "patchbay/http/http_handler.hpp"
#include "patchbay/http/http_proxy_head.hpp"
#include "patchbay/http/static_folder.hpp"
#include "patchbay/net/tls_context.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

struct SiteOptions {
  std::string path = ".";                                       // a folder or a file
  std::vector<std::pair<std::string, std::string>> hosts = {};  // name, folder
  std::vector<HttpProxyRoute> proxies = {};  // in front of all folders; the longest prefix wins
  TlsClientOptions proxy_trust = {};         // in the servers behind those of https
  StaticFolderOptions folder = {};
  HttpFieldList fields = {};                // added to every answer
  std::string cors = {};                    // origin; empty: none
  std::string accounts = {};                // file of users; empty: everybody may come in
  std::vector<HttpGuardRule> guarded = {};  // what needs one of them
  bool uploads = false;                     // PUT and forms store files in the folder
  std::string upload_accounts = {};         // who may; empty: whoever may come in
  std::uint64_t upload_bytes = 1ull << 30;  // of one request
  bool local_only = false;                  // nobody but this host reaches the server
};

// Opens what it needs. Made once on each loop, and by check_site() before, to tell the user what is
// wrong.
std::expected<std::shared_ptr<HttpHandler>, Failure> make_site(const SiteOptions& options);
std::expected<void, Failure> check_site(const SiteOptions& options);

}  // namespace patchbay
