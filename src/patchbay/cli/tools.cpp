#include "patchbay/cli/tools.hpp"

#include "patchbay/tools/echo/echo_cli.hpp"
#include "patchbay/tools/http/http_cli.hpp"
#include "patchbay/tools/lab/lab_cli.hpp"

namespace patchbay {

std::span<const Declare> all_tools() {
  static constexpr Declare tools[] = {declare_tcp, declare_udp, declare_http, declare_bench, declare_lab};
  return tools;
}

}  // namespace patchbay
