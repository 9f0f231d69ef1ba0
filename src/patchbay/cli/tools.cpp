#include "patchbay/cli/tools.hpp"

namespace patchbay {

std::span<const Declare> all_tools() {
  // A tool is one line here: declare_tcp, …
  return {};
}

}  // namespace patchbay
