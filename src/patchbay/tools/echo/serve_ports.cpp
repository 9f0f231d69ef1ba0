#include "patchbay/tools/echo/serve_ports.hpp"

namespace patchbay {

int fail_to_bind(Output& out, const Error& error, Transport transport, const Endpoint& wanted) {
  const char* const command =
      transport == Transport::tcp ? "patchbay tcp serve" : "patchbay udp serve";
  return out.fail(explain_bind(error, transport, wanted, command), exit_code_of(error));
}

}  // namespace patchbay
