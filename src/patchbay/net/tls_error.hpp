// What OpenSSL reports, in words that help.
#pragma once

#include "patchbay/base/error.hpp"

namespace patchbay {

// `code` is an entry of OpenSSL's error queue; `operation` completes "cannot …".
Error tls_error(unsigned long code, const char* operation);

}  // namespace patchbay
