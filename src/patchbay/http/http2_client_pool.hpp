// Http2ClientPool: connections of HTTP/2 that further requests to their origin may share.
#pragma once

#include <memory>
#include <vector>

#include "patchbay/http/http2_client_connection.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/group.hpp"

namespace patchbay {

class Http2ClientPool {
 public:
  // `most`: idle ones that are kept; 0: no connection is shared at all.
  Http2ClientPool(std::size_t most, Duration kept_for) : most_(most), kept_for_(kept_for) {}

  // One that takes another request; null when there is none. `only_heard`: and on which somebody
  // waits for an answer, or that is watched, so that its end would have been noticed.
  std::shared_ptr<Http2ClientConnection> find(const HttpUrl& origin, bool only_heard);
  void add(std::shared_ptr<Http2ClientConnection> connection);
  std::size_t idle();
  // Watches each of them, also while it is idle; until it is cancelled, and the pool lasts so long.
  Task<Result<>> watch();

 private:
  static Task<Result<>> watch_all(TaskGroup& group, Http2ClientPool& pool);
  static Task<> watch_one(Http2ClientPool& pool, std::shared_ptr<Http2ClientConnection> connection);
  void tidy();

  std::size_t most_;
  Duration kept_for_;
  std::vector<std::shared_ptr<Http2ClientConnection>> connections_;  // the oldest first
  Event added_;
};

}  // namespace patchbay
