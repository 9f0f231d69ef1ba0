// ConnectTry: one connect(2) as an operation, whose end is an errno and not yet a fault: a hundred
// thousand of them end as refused each second, and nobody reads why.
#pragma once

#include "patchbay/net/engine.hpp"

namespace patchbay {

struct ConnectEnd {
  Outcome outcome = Outcome::none;
  int code = 0;       // of `failed`: the errno
  bool sent = false;  // the error came after the call itself, so from outside, most likely
  bool soft = false;  // … and the socket goes on trying for all that
};

class ConnectTry : public Op {
 public:
  // `to` is the awaiting task's.
  ConnectTry(Engine& engine, int on, Endpoint& to, Instant until)
      : Op(OpKind::connect, &engine, on, Deadline(until)) {
    data = reinterpret_cast<std::byte*>(to.native());
    size = to.native_size();
  }

  bool await_ready() {
    if (Op::await_ready()) return true;
    const bool was_sent = outcome == Outcome::none && done == 1;
    return was_sent && soft_error();
  }
  ConnectEnd await_resume() {
    if (outcome == Outcome::timed_out && done == 1) look_once_more();
    return {.outcome = outcome, .code = error, .sent = done == 1, .soft = soft_};
  }

 private:
  // Where this host had no time for so long, the answer may have been here all the while: what is
  // late then is not the answer.
  void look_once_more() {
    if (!port->attempt(*this)) outcome = Outcome::timed_out;
  }

  // An ICMP error that arrived while the call was still at it, as over a pair of veth, ends
  // nothing: Linux only notes it (tcp_v4_err) and sends again a second later.
  bool soft_error() {
    int code = 0;
    unsigned bytes = sizeof code;
    if (!port->get_option(handle, SOL_SOCKET, SO_ERROR, &code, bytes) || code == 0) return false;
    soft_ = true;
    return fail(code);
  }

  bool soft_ = false;
};

}  // namespace patchbay
