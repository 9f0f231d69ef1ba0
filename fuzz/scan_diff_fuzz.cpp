// What a scanner wrote, as `scan diff` reads it: a failure that can be printed, or results that are
// no different from themselves, and whose differences to nothing can be printed.
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/scan/output/scan_diff_cli.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const auto results = read_scan_results({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!results) {
    for (const std::string& part :
         {results.error().what, results.error().why, results.error().remedy}) {
      FUZZ_CHECK(!part.empty() && escape_terminal(part) == part);
    }
    return 0;
  }
  for (const auto& [key, host] : results->hosts) {
    for (const PortStates* states : {&host.tcp, &host.udp}) {
      int last = -1;
      for (const PortSpan& span : states->spans()) {
        FUZZ_CHECK(span.first > last && span.last >= span.first);
        last = span.last;
      }
    }
  }
  FUZZ_CHECK(compare_scans(*results, *results, {}).changes.empty());
  ScanResults nothing;
  nothing.complete = true;
  for (const ScanChange& change : compare_scans(nothing, *results, {}).changes) {
    const std::string text = change_text(change);
    FUZZ_CHECK(escape_terminal(text) == text);
    const std::string record = change_record(change).json();
    FUZZ_CHECK(escape_terminal(record) == record);
  }
  return 0;
}
