// What an open port says to -sV: whatever comes, what is made of it is bounded and comes from the
// table, and a page is read within its limits. The first byte of the input chooses what was asked.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/service/http_title.hpp"
#include "patchbay/tools/scan/service/service_match.hpp"

namespace {

using namespace patchbay;

constexpr std::size_t k_most_text_bytes = 256;

bool is_known_service(std::string_view service) {
  if (service.empty() || service == "echo") return true;
  return std::ranges::any_of(service_probes(), [service](const ServiceProbe& probe) {
    return std::ranges::any_of(probe.matches,
                               [&](const ServiceMatch& match) { return match.service == service; });
  });
}

void check_verdict(const ServiceVerdict& verdict) {
  const ServiceFinding& finding = verdict.finding;
  FUZZ_CHECK(is_known_service(finding.service));
  FUZZ_CHECK(!finding.service.empty() || verdict.then != nullptr);
  FUZZ_CHECK(finding.product.size() <= k_most_text_bytes);
  FUZZ_CHECK(finding.version.size() <= k_most_text_bytes);
  FUZZ_CHECK(finding.info.size() <= k_most_text_bytes);
  FUZZ_CHECK(!finding.tls && !finding.certificate);
}

void check_page(std::string_view reply) {
  ServiceFinding finding{.service = "http"};
  describe_http(reply, finding);
  FUZZ_CHECK(finding.product.size() <= k_most_text_bytes);
  FUZZ_CHECK(finding.version.size() <= k_most_text_bytes);
  FUZZ_CHECK(finding.info.size() <= k_most_text_bytes);
  FUZZ_CHECK(find_title(reply).size() <= 200);
  (void)is_whole_http_answer(reply);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static ServiceMatcher matcher;  // expressions are made once
  if (size == 0) return 0;
  const std::string_view reply(reinterpret_cast<const char*>(data + 1), size - 1);
  const auto probes = service_probes();
  const ServiceProbe& chosen = probes[data[0] % probes.size()];
  const ServiceProbe* const asked = chosen.server_first ? nullptr : &chosen;
  const std::string sent =
      asked == nullptr ? "" : probe_bytes(chosen, {.host = "10.0.0.1:99", .name = "10.0.0.1"});
  if (const auto verdict = matcher.match(asked, sent, reply)) check_verdict(*verdict);
  const std::string line = readable_line(reply);
  FUZZ_CHECK(line.size() <= 120 && is_valid_utf8(line) &&
             escape_terminal(line, {.tab = true}) == line);
  check_page(reply);
  return 0;
}
