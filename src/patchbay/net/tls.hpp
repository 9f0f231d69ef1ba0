// TLS 1.2 and 1.3 (RFC 5246, RFC 8446) over any stream, by OpenSSL: TCP, a Unix socket, TLS again.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/net/tls_context.hpp"

namespace patchbay {

// What a certificate says of itself. The texts are the peer's: escape them before showing them.
struct TlsCertificate {
  std::string subject;  // RFC 2253: "CN=web1.lab,O=Lab"
  std::string issuer;
  std::vector<std::string> names;  // hosts and addresses it is made out to
  std::chrono::system_clock::time_point valid_from;
  std::chrono::system_clock::time_point valid_until;
  TlsPin pin;
};

// What the two sides agreed on, and with whom.
struct TlsInfo {
  std::string version;      // "TLSv1.3", "TLSv1.2"
  std::string cipher;       // "TLS_AES_256_GCM_SHA384"
  std::string alpn;         // empty: none was agreed on
  std::string server_name;  // the name the client asked for (SNI); empty: none
  bool resumed = false;     // an earlier session goes on, by a ticket
  std::optional<TlsCertificate> peer;
  bool verified = false;     // the peer's certificate stands up to the pins or the authorities
  std::string verification;  // "ok", or why not, in words
};

// A stream whose bytes travel encrypted. Reading and writing never wait for each other, so one task
// may read while another writes.
//
// shutdown_write() says goodbye (close_notify) and then ends the sending side of the stream below;
// close() and the destructor say nothing. A peer that ends without a goodbye shows as the fault
// `closed` and not as an end: the data may have been cut short by anybody on the way. For the same
// reason there is no goodbye after a write that was given up in the middle: it fails as `closed`.
class TlsStream : public Stream {
 public:
  TlsInfo info() const;

 private:
  friend Task<Result<TlsStream>> tls_connect(Stream, const TlsContext&, std::string, Deadline);
  friend Task<Result<TlsStream>> tls_accept(Stream, const TlsContext&, Deadline);
  explicit TlsStream(Stream session) : Stream(std::move(session)) {}
};

// Agrees on TLS as the client, over `lower`, which belongs to the session from here on. `context`
// is one for clients; it must live until this has begun, and may be reloaded or go away after that.
// `server_name` is who the peer must prove to be, a name or an IP address; a name is also sent to
// it (SNI, RFC 6066 section 3). Faults: `permission` when the certificate is not to be trusted, or
// the peer does not trust ours; `protocol` when the peer speaks no TLS, or none that suits;
// `closed`, timed_out, cancelled and whatever the stream below reports.
Task<Result<TlsStream>> tls_connect(Stream lower, const TlsContext& context,
                                    std::string server_name, Deadline deadline = {});

// The same as the server, with a context for servers.
Task<Result<TlsStream>> tls_accept(Stream lower, const TlsContext& context, Deadline deadline = {});

}  // namespace patchbay
