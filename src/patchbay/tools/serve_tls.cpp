#include "patchbay/tools/serve_tls.hpp"

#include <utility>

namespace patchbay {

const TlsContext& ServerCertificate::current() {
  const unsigned asked = reloads_.asked();
  if (std::exchange(seen_, asked) != asked) {
    // The thread that took the signal has tried it before it asked the others, and reported it.
    [[maybe_unused]] const auto reloaded = context_.reload();
  }
  return context_;
}

Result<> ServerCertificate::reload() { return context_.reload(); }

}  // namespace patchbay
