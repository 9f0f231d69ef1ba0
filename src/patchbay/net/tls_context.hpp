// TlsContext: what many TLS sessions have in common: certificates, whom to trust, what to offer.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/base/result.hpp"

namespace patchbay {

struct TlsSetup;
class TlsTicketKeys;

// The SHA-256 of a public key (SubjectPublicKeyInfo, as RFC 7469 section 2.4 pins it). It survives
// the renewal of a certificate as long as the key stays.
struct TlsPin {
  std::array<std::uint8_t, 32> digest{};

  // 64 hexadecimal digits, in either case; colons between the bytes and "sha256:" before are fine.
  static Result<TlsPin> parse(std::string_view text);
  std::string to_string() const;  // 64 digits in lower case

  friend bool operator==(const TlsPin&, const TlsPin&) = default;
};

enum class TlsVersion : std::uint8_t { v1_2, v1_3 };

struct TlsClientOptions {
  bool verify = true;        // false: encrypted, but with anybody
  std::string ca_file = {};  // PEM, in place of the system's trust store
  // Not empty: the peer's key must be one of these, and that is all that is asked of its
  // certificate; authorities, names and dates do not count. For devices that sign their own.
  std::vector<TlsPin> pins = {};
  std::vector<std::string> alpn = {};  // protocols on offer, best first (RFC 7301)
  std::string certificate_file = {};   // PEM chain and key, for servers that ask who we are
  std::string key_file = {};
  TlsVersion minimum_version = TlsVersion::v1_2;
  TlsVersion maximum_version = TlsVersion::v1_3;
};

// A certificate and its key, as files.
struct TlsIdentity {
  std::string certificate_file;  // PEM; the server's own first, then its issuers
  std::string key_file;          // PEM, without a passphrase
};

// Servers speak TLS 1.2 with ephemeral keys and authenticated ciphers only.
struct TlsServerOptions {
  std::string certificate_file = {};   // PEM; the server's own first, then its issuers
  std::string key_file = {};           // PEM, without a passphrase
  std::vector<std::string> alpn = {};  // protocols spoken, best first; a client must share one
  std::string client_ca_file = {};     // not empty: clients must show a certificate signed by these
  TlsVersion minimum_version = TlsVersion::v1_2;
  TlsVersion maximum_version = TlsVersion::v1_3;
  // Further certificates, for clients that ask for a name one of these is made out to (SNI, RFC
  // 6066 section 3): in its subjectAltName, whole or as a wildcard for one label. All others are
  // shown the one above.
  std::vector<TlsIdentity> named = {};
  // Shared by contexts whose sessions should be resumed by each other: those of several loops. A
  // context that is given none makes its own. They outlast a reload; client certificates of other
  // authorities do not.
  std::shared_ptr<TlsTicketKeys> ticket_keys = nullptr;
};

// Move-only. For the sessions of one thread; loops on several threads make one each.
class TlsContext {
 public:
  // Read the files at once, which may block for as long as a disk does. Faults: storage and
  // permission for files that cannot be read; integrity for content that makes no sense.
  static Result<TlsContext> client(TlsClientOptions options = {});
  static Result<TlsContext> server(TlsServerOptions options);

  TlsContext(TlsContext&&) noexcept = default;
  TlsContext& operator=(TlsContext&&) noexcept = default;

  // Reads the files again, for sessions that begin from now on; those that run keep what they have.
  // When the new files will not do, the old content stays in force.
  Result<> reload();

 private:
  friend class TlsSession;
  explicit TlsContext(std::shared_ptr<const TlsSetup> setup) : setup_(std::move(setup)) {}

  std::shared_ptr<const TlsSetup> setup_;
};

}  // namespace patchbay
