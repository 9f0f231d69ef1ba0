#include "patchbay/tools/http/trust_flags.hpp"

namespace patchbay {

void declare_trust_flags(Command& command, HttpTrustFlags& flags) {
  command.section("TLS");
  command
      .flag("--tls-ca FILE", file(flags.ca_file),
            "trust these authorities (PEM) in place of the system's")
      .alias("--ca")
      .alias("--cacert");
  command
      .flag("--pin SHA256", text(flags.pins),
            "accept only this public key: the hex SHA-256 of its SPKI")
      .not_a_setting();
  command.flag("--insecure", toggle(flags.insecure), "accept any certificate, and warn")
      .alias("-k")
      .excludes("pin")
      .not_a_setting();
}

void warn_of_trust(const HttpTrustFlags& flags, const HttpUrl& url, Output& out) {
  if (flags.ca_file && !url.secure) {
    out.warn("--tls-ca: over http there is no certificate, so anybody may be at the other end");
  }
  if (!flags.insecure) return;
  out.warn(
      "--insecure: the server's certificate is not checked, so anybody may be at the other end");
}

}  // namespace patchbay
