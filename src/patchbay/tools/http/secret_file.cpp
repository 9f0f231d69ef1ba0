#include "patchbay/tools/http/secret_file.hpp"

#include "patchbay/tools/read_secret.hpp"
#include "patchbay/wire/base64.hpp"
#include "patchbay/wire/field_line.hpp"

namespace patchbay {

Result<std::string> read_basic_credentials(const std::string& path) {
  const auto text = read_secret_file(path);
  if (!text) return text.error();
  const std::size_t end = std::min(text->find('\n'), text->size());
  std::string_view line = std::string_view(*text).substr(0, end);
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.find(':') == std::string_view::npos) {
    return Error(Fault::protocol, "find a user in", "its first line is not user:password")
        .about(path);
  }
  return "Basic " + encode_base64(line);
}

Result<HttpFieldList> read_secret_fields(const std::string& path) {
  const auto text = read_secret_file(path);
  if (!text) return text.error();
  const auto fields = parse_field_lines(*text);
  if (!fields) return Error(Fault::protocol, "find fields in", fields.error()).about(path);
  HttpFieldList list;
  for (const HttpField& field : *fields) list.emplace_back(field.name, field.value);
  return list;
}

Result<std::pair<std::string, std::string>> parse_field(std::string_view line) {
  const auto field = parse_field_line(line);
  if (!field) return Error(Fault::protocol, "send the field", field.error()).about(line);
  return std::pair(std::string(field->name), std::string(field->value));
}

}  // namespace patchbay
