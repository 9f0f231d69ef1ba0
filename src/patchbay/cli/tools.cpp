#include "patchbay/cli/tools.hpp"

#include "patchbay/tools/http/http_cli.hpp"

namespace patchbay {

std::span<const Declare> all_tools() {
  static constexpr Declare tools[] = {declare_http};
  return tools;
}

}  // namespace patchbay
