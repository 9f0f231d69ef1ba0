// Http2ClientPool: connections of HTTP/2 that further requests to their origin may share.
#pragma once

#include <memory>
#include <vector>

#include "patchbay/http/http2_client_connection.hpp"

namespace patchbay {

class Http2ClientPool {
 public:
  // `most`: idle ones that are kept; 0: no connection is shared at all.
  Http2ClientPool(std::size_t most, Duration kept_for) : most_(most), kept_for_(kept_for) {}

  // One that takes another request; null when there is none. `only_busy`: and on which somebody
  // waits for an answer, so that its end would have been noticed.
  std::shared_ptr<Http2ClientConnection> find(const HttpUrl& origin, bool only_busy);
  void add(std::shared_ptr<Http2ClientConnection> connection);
  std::size_t idle();

 private:
  void tidy();

  std::size_t most_;
  Duration kept_for_;
  std::vector<std::shared_ptr<Http2ClientConnection>> connections_;  // the oldest first
};

}  // namespace patchbay
