// '/api=http://127.0.0.1:3000': a part of a site that another server answers for.
#pragma once

#include <expected>
#include <string>
#include <vector>

#include "patchbay/http/http_proxy_head.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

// Adds the route of one rule. The failure tells what is wrong with it, or that its path is taken.
std::expected<void, Failure> add_proxy_rule(const std::string& text,
                                            std::vector<HttpProxyRoute>& routes);

// The failure tells what is wrong with the first rule that will not do.
std::expected<std::vector<HttpProxyRoute>, Failure> read_proxy_rules(
    const std::vector<std::string>& texts);

}  // namespace patchbay
