// TlsNames: which of a server's certificates is for which name.
#pragma once

#include <openssl/ssl.h>

#include <map>
#include <string>
#include <string_view>

namespace patchbay {

// Host names and one-label wildcards ("*.lab") of certificates, in lower case. A name that two
// certificates are made out to belongs to the first.
class TlsNames {
 public:
  // The context's own certificate. False: it is made out to no host name.
  bool add(SSL_CTX* context);

  // A whole name goes before a wildcard. Null when nothing fits.
  SSL_CTX* find(std::string_view name) const;

 private:
  std::map<std::string, SSL_CTX*, std::less<>> contexts_;
};

}  // namespace patchbay
