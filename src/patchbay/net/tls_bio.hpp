// The two ends between which OpenSSL moves its bytes: here, a TlsSession's stream below.
#pragma once

#include <openssl/bio.h>

namespace patchbay {

class TlsSession;

// Belongs to the SSL it is given to, and refers to `session`. Null when memory has run out.
BIO* make_tls_bio(TlsSession& session);

}  // namespace patchbay
