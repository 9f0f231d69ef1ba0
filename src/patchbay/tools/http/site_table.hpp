// A table [[site]] of the settings file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/http/settings_table.hpp"
#include "patchbay/tools/http/site.hpp"

namespace patchbay {

// `folder`: what relative paths are relative to.
SiteOptions read_site_table(const toml::table& table, const std::string& folder,
                            SettingsFaults& faults);

// The names of its keys.
std::vector<std::string> site_keys();

// Tells of a key that nothing is called, with the nearest one that something is.
void tell_unknown(std::string_view key, const toml::node& node,
                  const std::vector<std::string>& known, SettingsFaults& faults);

// "path" below `folder`, unless it is absolute.
std::string path_below(const std::string& folder, const std::string& path);

}  // namespace patchbay
