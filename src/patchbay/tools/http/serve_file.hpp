// The settings file of `http serve --config FILE`: a whole server with its sites, in the words of
// the flags. docs/tools/http.md has all its keys.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/http/serve_plan.hpp"

namespace patchbay {

// Paths in it are relative to its folder. Without `listen` the server serves `inherited` sockets,
// or 127.0.0.1:8080. Opens nothing that the file names; of the world it asks only `look_up`. The
// failures are all that is wrong with it, in the order of its lines.
std::expected<HttpServePlan, std::vector<Failure>> parse_serve_file(
    std::string_view text, const std::string& path,
    const std::vector<InheritedSocket>& inherited = {}, LookUp look_up = listen_endpoints);

// The same of a file of at most 1 MiB.
std::expected<HttpServePlan, std::vector<Failure>> read_serve_file(
    const std::string& path, const std::vector<InheritedSocket>& inherited = {});

}  // namespace patchbay
