// HttpClientPool: connections that are kept for the next request to the same origin.
#pragma once

#include <list>
#include <memory>
#include <utility>

#include "patchbay/http/http_client_connection.hpp"
#include "patchbay/net/event.hpp"
#include "patchbay/net/group.hpp"

namespace patchbay {

// When somebody looks after pools again, and how to wake it before.
struct HttpPoolAlarm {
  Event earlier;
  Instant at = Instant::max();
};

// Lasts as long as the client or an answer that is still read.
class HttpClientPool {
 public:
  HttpClientPool(std::size_t most, Duration kept_for) : most_(most), kept_for_(kept_for) {}

  // Is told when there is something to sweep earlier than it thinks.
  void set_alarm(std::shared_ptr<HttpPoolAlarm> alarm) { alarm_ = std::move(alarm); }
  // Closes what was kept for too long. When the next is due; Instant::max(): nothing is kept.
  Instant sweep();

  // The one used last; null when there is none that is young enough. Those that have ended, or that
  // have said something unasked, are closed.
  std::unique_ptr<HttpClientConnection> take(const HttpUrl& origin);
  // Keeps it if another exchange may follow on it, and closes the oldest if there are too many.
  void give_back(std::unique_ptr<HttpClientConnection> connection);
  std::size_t size() const { return kept_.size(); }
  // Closes what its server has ended, as soon as that is so; until it is cancelled. The pool lasts
  // so long.
  Task<Result<>> watch();

 private:
  struct Kept {
    Kept(std::unique_ptr<HttpClientConnection> one, Instant now)
        : connection(std::move(one)), since(now) {}
    ~Kept() { left->set(); }
    Kept(const Kept&) = delete;
    Kept& operator=(const Kept&) = delete;

    std::unique_ptr<HttpClientConnection> connection;
    Instant since;
    // The pool: it was taken, or closed. Whoever watches it holds this too.
    std::shared_ptr<Event> left = std::make_shared<Event>();
  };

  static Task<Result<>> watch_all(TaskGroup& group, HttpClientPool& pool);
  static Task<> watch_one(HttpClientPool& pool, Port& port, int handle,
                          std::shared_ptr<Event> left);
  static Task<Result<>> wait_for_end(Port& port, int handle);
  static Task<Result<>> wait_to_leave(std::shared_ptr<Event> left);

  std::size_t most_;
  Duration kept_for_;
  std::list<Kept> kept_;  // the oldest first
  std::shared_ptr<HttpPoolAlarm> alarm_;
  Event added_;
};

}  // namespace patchbay
