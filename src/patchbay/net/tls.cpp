#include "patchbay/net/tls.hpp"

#include <utility>

#include "patchbay/net/tls_session.hpp"

namespace patchbay {

namespace {

class HandshakeOp : public Op {
 public:
  HandshakeOp(const Stream& session, Deadline deadline)
      : Op(OpKind::handshake, &session.port(), session.handle(), deadline) {}
  Result<> await_resume() const {
    if (!succeeded()) return failure();
    return ok();
  }
};

// A deadline and a cancel do not know whom they cut off.
Error with_peer(const Error& error, const Stream& session) {
  const auto peer = session.peer();
  return peer && error.subject().empty() ? error.about(peer->to_string()) : error;
}

}  // namespace

TlsInfo TlsStream::info() const {
  if (!is_open()) return {};
  return static_cast<const TlsSession&>(*port_).info();
}

Task<Result<TlsStream>> tls_connect(Stream lower, const TlsContext& context,
                                    std::string server_name, Deadline deadline) {
  auto session = TlsSession::connect(std::move(lower), context, std::move(server_name));
  if (!session) co_return session.error();
  const auto agreed = co_await HandshakeOp(*session, deadline);
  if (!agreed) co_return with_peer(agreed.error(), *session);
  co_return TlsStream(std::move(*session));
}

Task<Result<TlsStream>> tls_accept(Stream lower, const TlsContext& context, Deadline deadline) {
  auto session = TlsSession::accept(std::move(lower), context);
  if (!session) co_return session.error();
  const auto agreed = co_await HandshakeOp(*session, deadline);
  if (!agreed) co_return with_peer(agreed.error(), *session);
  co_return TlsStream(std::move(*session));
}

}  // namespace patchbay
