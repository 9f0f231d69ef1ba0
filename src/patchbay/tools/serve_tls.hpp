// The certificate of a server that runs on several threads, read anew on request without a restart.
#pragma once

#include <atomic>

#include "patchbay/net/signals.hpp"
#include "patchbay/net/tls.hpp"
#include "patchbay/net/tls_context.hpp"

namespace patchbay {

// What the threads share: how often a new certificate was asked for.
class CertificateReloads {
 public:
  void ask() { asked_.fetch_add(1, std::memory_order_relaxed); }
  unsigned asked() const { return asked_.load(std::memory_order_relaxed); }

 private:
  std::atomic<unsigned> asked_ = 0;
};

// One thread's copy.
class ServerCertificate {
 public:
  ServerCertificate(TlsContext context, const CertificateReloads& reloads)
      : context_(std::move(context)), reloads_(reloads), seen_(reloads.asked()) {}

  // Fresh, if that was asked for. Files that will not do leave the former content in force.
  const TlsContext& current();
  Result<> reload();

 private:
  TlsContext context_;
  const CertificateReloads& reloads_;
  unsigned seen_;
};

}  // namespace patchbay
