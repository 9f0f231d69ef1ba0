#include "patchbay/tools/scan/output/scan_results.hpp"

#include <fmt/format.h>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/output/scan_results_builder.hpp"
#include "patchbay/tools/scan/output/scan_results_json.hpp"
#include "patchbay/tools/scan/output/scan_results_xml.hpp"

namespace patchbay {

std::optional<HostKey> host_key(std::string_view text) {
  const std::size_t percent = text.find('%');
  const auto address = IpAddress::parse(text.substr(0, percent));
  if (!address) return std::nullopt;
  if (percent == std::string_view::npos) return HostKey(*address, {});
  return HostKey(*address, text.substr(percent + 1));
}

std::string to_string(const HostKey& key) {
  if (key.second.empty()) return key.first.to_string();
  return key.first.to_string() + '%' + escape_terminal(key.second);
}

std::expected<ScanResults, Failure> read_scan_results(std::string_view text,
                                                      const std::string& name) {
  const std::string_view whole = text;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  const char first = begin == std::string_view::npos ? '\0' : text[begin];
  std::expected<ScanResults, std::string> results = std::unexpected("it is neither JSON nor XML");
  if (begin == std::string_view::npos) results = std::unexpected("it is empty");
  if (first == '<') results = read_xml_results(whole);
  if (first == '{') results = read_json_lines(text);
  if (first == '[') results = read_json_document(text);
  if (results) return *std::move(results);
  return std::unexpected(Failure(fmt::format("cannot compare {}", escape_terminal(name)),
                                 results.error(),
                                 "give it what `patchbay scan` wrote with -oD, -oJ or -oX, or "
                                 "nmap with -oX"));
}

}  // namespace patchbay
