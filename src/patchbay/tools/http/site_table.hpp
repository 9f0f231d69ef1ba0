// A table [[site]] of the settings file.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/http/site.hpp"
#include "patchbay/tools/settings_table.hpp"

namespace patchbay {

// `folder`: what relative paths are relative to.
SiteOptions read_site_table(const toml::table& table, const std::string& folder,
                            SettingsFaults& faults);

// The names of its keys.
std::vector<std::string> site_keys();

}  // namespace patchbay
