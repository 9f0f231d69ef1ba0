#include "patchbay/tools/serve_ports.hpp"

namespace patchbay {

int fail_to_bind(Output& out, const Error& error, Transport transport, const Endpoint& wanted,
                 std::string_view command) {
  return out.fail(explain_bind(error, transport, wanted, command), exit_code_of(error));
}

}  // namespace patchbay
