// Http1Watch: whether the client of HTTP/1 is still there while something is made for it.
#pragma once

#include <functional>
#include <optional>
#include <utility>

#include "patchbay/http/http_request.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/stream.hpp"

namespace patchbay {

// Nothing is read for it, so pipelined requests stay where they are, however many.
class Http1Watch {
 public:
  // Both are borrowed.
  Http1Watch(Stream& stream, HttpRequest& request) : stream_(stream), request_(request) {}

  // Runs `task` to its end, and cancels it when the client leaves. What never waits costs no watch.
  template <class T>
  Task<T> during(Task<T> task);

  // A reset is leaving. An end of the client's sending side is only where the handler says so: it
  // may be a half-close, and TCP does not tell. nginx takes it for leaving where a request is
  // proxied (it logs 499) and nowhere else, and so do we.
  bool left() const { return reset_ || (request_.client_ended && request_.leaves_with_end); }

 private:
  template <class T>
  static Task<> work(Task<T> task, std::optional<T>& result) {
    result.emplace(co_await task);
  }
  Task<> wait(TaskGroup& working);

  Stream& stream_;
  HttpRequest& request_;
  bool reset_ = false;
};

template <class T>
Task<T> Http1Watch::during(Task<T> task) {
  std::optional<T> result;
  TaskGroup working(co_await current_scope());
  working.spawn(work<T>, std::move(task), std::ref(result));
  if (working.running() > 0) {
    TaskGroup watch(co_await current_scope());
    watch.spawn(&Http1Watch::wait, this, std::ref(working));
    co_await working.join();
    watch.cancel();
    co_await watch.join();
  }
  co_return std::move(*result);
}

}  // namespace patchbay
