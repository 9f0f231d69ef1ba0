// Session tickets in OpenSSL's terms: the callback that seals and opens them.
#pragma once

#include <openssl/ssl.h>

namespace patchbay {

// With the TlsTicketKeys of the session's setup.
void use_ticket_keys(SSL_CTX* context);

}  // namespace patchbay
