// A lab file: a failure that can be printed, or a lab whose links and programs have their hosts.
#include <algorithm>
#include <cstdint>
#include <string_view>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/tools/lab/lab_file.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace patchbay;
  const auto file = parse_lab_file({reinterpret_cast<const char*>(data), size}, "fuzz.toml");
  if (!file) {
    const Failure& failure = file.error();
    FUZZ_CHECK(!failure.what.empty());
    for (const std::string& part : {failure.what, failure.why, failure.remedy}) {
      FUZZ_CHECK(escape_terminal(part) == part);
    }
    return 0;
  }
  const std::size_t hosts = file->hosts.size();
  for (const LabFileLink& link : file->links) {
    FUZZ_CHECK(link.left < hosts && link.right < hosts && link.left != link.right);
  }
  for (const LabFileProgram& program : file->programs) {
    FUZZ_CHECK(program.host < hosts && !program.command.empty());
  }
  return 0;
}
