#include "patchbay/tools/connect_failure.hpp"

#include <fmt/format.h>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"

namespace patchbay {

int fail_to_connect(Output& out, const HostPort& to, const Error& error, Duration timeout,
                    std::string_view flags) {
  if (error.fault() == Fault::cancelled) return exit_interrupted;
  if (!out.json()) {
    out.note(fmt::format("[!] Could not connect to {}", escape_terminal(to.to_string())));
  }
  Failure failure(error);
  if (error.fault() == Fault::timed_out && error.code() == 0) {
    failure.why = fmt::format("nothing answered within {}", format_duration(timeout));
    failure.remedy =
        "check the address, and firewalls between, which drop in silence; or allow more "
        "with --timeout";
  }
  failure.remedy += flags;
  return out.fail(failure, exit_code_of(error));
}

}  // namespace patchbay
