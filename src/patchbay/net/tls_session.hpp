// TlsSession: the port behind a TlsStream. It carries operations out by encrypting and decrypting,
// and moves the bytes by single attempts on the stream below, so it makes no system call on a
// socket.
#pragma once

#include <openssl/ssl.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/tls.hpp"
#include "patchbay/net/tls_setup.hpp"

namespace patchbay {

// OpenSSL always gets its output off its hands: what the stream below does not take is kept here,
// and whoever writes goes on sending it. So OpenSSL never has to repeat a write with the same
// bytes, a reader never waits for a writer, and a lost sending side leaves the receiving side as it
// is.
//
// Operations carry the handle of the stream below. park() hands them to its port as they are, after
// attempt() has noted in `blocked_on_other_side` which of its directions they wait for; the port
// calls them ready, and the loop brings them back here.
class TlsSession final : public Port {
 public:
  // The result owns the session: closing it ends that. A handshake operation comes first. An error
  // when the context is one for the other side.
  static Result<Stream> connect(Stream lower, const TlsContext& context, std::string server_name);
  static Result<Stream> accept(Stream lower, const TlsContext& context);

  bool attempt(Op& op) override;
  void park(Op& op) override;
  void withdraw(Op& op) override;
  void close(int handle) override;
  Result<Endpoint> local(int handle) const override;
  Result<Endpoint> peer(int handle) const override;
  Result<> set_option(int handle, int level, int name, const void* value, unsigned size) override;
  Result<> get_option(int handle, int level, int name, void* value, unsigned& size) const override;
  Error explain(const Op& op) const override;

  TlsInfo info() const;
  const TlsSetup& setup() const { return *setup_; }
  static TlsSession& of(const SSL* ssl) { return *static_cast<TlsSession*>(SSL_get_app_data(ssl)); }

  // What OpenSSL calls.
  int read_lower(char* data, int size);  // -1 and lower_blocked(): not yet
  int write_lower(const char* data, int size);
  bool lower_blocked() const { return lower_blocked_; }
  bool verify(X509_STORE_CTX& chain);

 private:
  // What Op::error says where errno has no word for it. Each stream of a stack of them knows its
  // own.
  static constexpr int k_tls_failed = -1;
  static constexpr int k_truncated = -2;
  static constexpr int k_half_written = -3;

  TlsSession(Stream lower, std::shared_ptr<const TlsSetup> setup, std::string server_name);

  static Result<Stream> begin(Stream lower, const TlsContext& context, std::string server_name);
  Result<> set_up();
  Result<> expect_name();
  bool attempt_handshake(Op& op);
  bool attempt_read(Op& op);
  bool attempt_receive(Op& op);
  bool attempt_write(Op& op);
  bool attempt_write_pieces(Op& op);
  bool attempt_send_file(Op& op);
  bool attempt_shutdown(Op& op);
  bool read_some(Op& op);
  int encrypt(Op& op);
  std::size_t send(std::span<const std::byte> bytes);
  bool flush();
  bool wait_or_fail(Op& op, int result);
  bool wait_for(Op& op, bool lower_reads);
  std::string peer_text() const;

  Loop& loop_;
  Stream lower_;
  Port& lower_port_;  // known while the stream is being closed, too
  const int lower_handle_;
  std::shared_ptr<const TlsSetup> setup_;
  std::string server_name_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_{nullptr, SSL_free};

  std::vector<std::byte> unsent_;  // encrypted, and not yet taken by the stream below
  std::size_t unsent_begin_ = 0;
  std::size_t taken_ = 0;  // by a write that could not yet report it; see attempt_write()

  std::optional<Error> failure_;   // of TLS itself: no operation succeeds from then on
  std::optional<Error> distrust_;  // of the peer's certificate, and whether that matters or not
  int verdict_;                    // the same as OpenSSL has it, X509_V_…
  int read_error_ = 0;             // of the stream below, as it reported it
  int write_error_ = 0;
  bool lower_blocked_ = false;
  bool read_waits_to_read_ =
      true;  // which of its directions the stream below waits for (TLS in TLS)
  bool write_waits_to_read_ = false;
  bool collecting_ = false;    // further records follow at once: they go out together
  bool half_written_ = false;  // the last write stopped in the middle of its bytes
  bool said_goodbye_ = false;
};

}  // namespace patchbay
