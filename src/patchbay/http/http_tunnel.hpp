// HttpTunnel: two connections that became one, after an upstream agreed to change protocols: bytes
// both ways, unread.
#pragma once

#include <memory>
#include <string>

#include "patchbay/http/http_client_connection.hpp"
#include "patchbay/http/http_response.hpp"

namespace patchbay {

class HttpTunnel final : public HttpUpgrade {
 public:
  // `upstream` has answered 101. It ends when both sides have, when one of them breaks, and when
  // nothing has moved for `idle`. `keeps` lasts as long as the tunnel.
  HttpTunnel(std::unique_ptr<HttpClientConnection> upstream, Duration idle,
             std::shared_ptr<void> keeps)
      : upstream_(std::move(upstream)), idle_(idle), keeps_(std::move(keeps)) {}

  Task<> run(Stream& client, std::string early) override;

 private:
  Task<Result<>> carry(Stream& from, Stream& to, std::string first);
  Task<Result<>> wait_until_idle();

  std::unique_ptr<HttpClientConnection> upstream_;
  Duration idle_;
  std::shared_ptr<void> keeps_;
  Instant moved_at_{};
};

}  // namespace patchbay
