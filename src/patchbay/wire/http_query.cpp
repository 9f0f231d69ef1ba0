#include "patchbay/wire/http_query.hpp"

#include <algorithm>

namespace patchbay {

std::optional<std::string_view> next_query_member(std::string_view& query) {
  if (query.empty()) return std::nullopt;
  const std::string_view member = query.substr(0, query.find('&'));
  query.remove_prefix(std::min(member.size() + 1, query.size()));
  return member;
}

std::string_view query_value(std::string_view query, std::string_view name) {
  while (const auto member = next_query_member(query)) {
    if (member->size() > name.size() && member->starts_with(name) &&
        (*member)[name.size()] == '=') {
      return member->substr(name.size() + 1);
    }
  }
  return {};
}

}  // namespace patchbay
