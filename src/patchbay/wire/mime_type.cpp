#include "patchbay/wire/mime_type.hpp"

#include <algorithm>
#include <string>

#include "patchbay/base/ascii.hpp"
#include "patchbay/wire/mime_types_table.hpp"

namespace patchbay {
namespace {

constexpr std::string_view k_unknown = "application/octet-stream";
constexpr std::size_t k_longest_extension = 12;  // as the table has it

std::string_view extension_of(std::string_view file_name) {
  const std::string_view name = file_name.substr(file_name.rfind('/') + 1);
  const std::size_t dot = name.rfind('.');
  if (dot == name.npos || dot == 0) return {};
  return name.substr(dot + 1);
}

}  // namespace

std::string_view mime_type_of(std::string_view file_name) {
  const std::string extension =
      in_ascii_lower(extension_of(file_name).substr(0, k_longest_extension + 1));
  const auto row = std::ranges::lower_bound(tables::k_mime_types, std::string_view(extension), {},
                                            &tables::MimeTypesRow::extension);
  if (row == tables::k_mime_types.end() || row->extension != extension) return k_unknown;
  return row->type;
}

}  // namespace patchbay
