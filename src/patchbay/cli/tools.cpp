#include "patchbay/cli/tools.hpp"

#include "patchbay/tools/echo/echo_cli.hpp"

namespace patchbay {

std::span<const Declare> all_tools() {
  static constexpr Declare tools[] = {declare_tcp, declare_udp, declare_bench};
  return tools;
}

}  // namespace patchbay
