// What OpenSSL reports, in words that help.
#pragma once

#include "patchbay/base/error.hpp"

namespace patchbay {

// `code` is an entry of OpenSSL's error queue; `operation` completes "cannot …". Until the peer's
// hello has come (`greeted`), whatever cannot be understood is taken for something other than TLS.
Error tls_error(unsigned long code, const char* operation, bool greeted);

}  // namespace patchbay
