// What the flags and the settings file say of a site, as values that both fill.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "patchbay/http/http_guard.hpp"
#include "patchbay/http/http_response.hpp"
#include "patchbay/tools/command.hpp"
#include "patchbay/tools/http/site.hpp"

namespace patchbay {

Value header_fields(HttpFieldList& target);             // 'Name: value', any number of times
Value error_files(std::map<int, std::string>& target);  // 404=404.html, likewise
Value guard_rules(std::vector<HttpGuardRule>& target);  // 'PUT,DELETE /files' or '/private'
Value key_pins(std::vector<TlsPin>& target);            // SHA-256 of an SPKI in hex, likewise
Value unless(bool& target);                             // a toggle that takes something away

// The flags that describe a site by one word each, and those of its fields, errors and passwords.
// A settings file has them too, but for the toggles that begin with "no-".
void declare_site(Command& command, SiteOptions& site);

// The same for whom to trust behind --proxy.
void declare_proxy_trust(Command& command, SiteOptions& site);

// The same for who may store files.
void declare_uploads(Command& command, SiteOptions& site);

// Why this cannot be the name of a site's host; null if it can.
const char* why_no_host(std::string_view name);

}  // namespace patchbay
