// Socket: what all kinds of sockets have in common: who waits on them, and their options.
#pragma once

#include <sys/socket.h>

#include <span>

#include "patchbay/net/engine.hpp"
#include "patchbay/net/sim/socket_options.hpp"

namespace patchbay::sim {

class Stack;

class Socket {
 public:
  Socket(Stack& stack, SocketSpec spec) : stack_(stack), spec_(spec) {}
  virtual ~Socket() = default;
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  // What system calls do, without ever blocking. An int that is returned is 0 or an errno, a long
  // is a count or a negative errno: -EAGAIN means "not yet", and a wake-up follows.
  virtual int bind(const sockaddr* address, socklen_t size) = 0;
  virtual int listen(int backlog);
  virtual int connect(const sockaddr* address, socklen_t size);  // or EINPROGRESS
  virtual int connected() const;                                 // how that ended, or EINPROGRESS
  virtual bool has_client() const { return false; }
  virtual Socket& take_client();  // the first in the listener's queue
  virtual long read(std::span<std::byte> into);
  virtual long write(std::span<const std::byte> from);
  virtual int shutdown_write();
  virtual long receive_message(mmsghdr& into);
  virtual long send_message(const mmsghdr& from);
  virtual bool is_readable() const { return true; }
  virtual bool peer_ended() const { return false; }  // it sends no more
  virtual bool hung_up() const { return false; }     // by a reset, or both sides have ended
  virtual Result<Endpoint> local() const;
  virtual Result<Endpoint> peer() const;
  virtual int set_option(int level, int name, std::span<const std::byte> value);
  virtual int get_option(int level, int name, std::byte* value, unsigned& size) const;
  // Its handle is closed. What it still has to do goes on without one; then it retires.
  virtual void close() = 0;
  // Its host has lost its power: it ends without a word to anybody, and retires.
  virtual void vanish() = 0;

  void park(Op& op);
  void withdraw(Op& op);
  void wake_readers() { wake(readers_); }
  void wake_writers() { wake(writers_); }
  // Ends whatever waits, as `closed`.
  void end_waiting();

  const SocketSpec& spec() const { return spec_; }
  // Where the stack that owns it keeps it.
  std::size_t place = 0;
  bool retired = false;
  const SocketOptions& options() const { return options_; }

 protected:
  bool is_v6() const { return spec_.family == AF_INET6; }

  Stack& stack_;
  const SocketSpec spec_;
  SocketOptions options_;

 private:
  void wake(Op*& list);

  Op* readers_ = nullptr;
  Op* writers_ = nullptr;
};

}  // namespace patchbay::sim
