// The query of a target, without its '?', as the members that forms make of it:
// "sort=size&order=desc". Escapes stay as they are.
#pragma once

#include <optional>
#include <string_view>

namespace patchbay {

// Takes the next member off the front of `query`, an empty one too. Nothing at its end.
std::optional<std::string_view> next_query_member(std::string_view& query);

// What stands behind the '=' of the first member of this name; empty where there is none.
std::string_view query_value(std::string_view query, std::string_view name);

}  // namespace patchbay
