// UnixSocket: a stream between two programs of one host, by a path or an abstract name. No packet
// is involved: what one end writes is there for the other at once. Paths are names of this host
// alone, and no files: one that a listener leaves is free again.
#pragma once

#include <deque>
#include <string>

#include "patchbay/net/sim/byte_queue.hpp"
#include "patchbay/net/sim/socket.hpp"

namespace patchbay::sim {

class UnixSocket final : public Socket {
 public:
  UnixSocket(Stack& stack, SocketSpec spec) : Socket(stack, spec) {}

  int bind(const sockaddr* address, socklen_t size) override;
  int listen(int backlog) override;
  int connect(const sockaddr* address, socklen_t size) override;
  bool has_client() const override { return !clients_.empty(); }
  Socket& take_client() override;
  long read(std::span<std::byte> into) override;
  long write(std::span<const std::byte> from) override;
  int shutdown_write() override;
  bool is_readable() const override { return !queue_.empty() || ended_ || !clients_.empty(); }
  bool peer_ended() const override { return ended_; }
  bool hung_up() const override { return ended_ && (shut_ || peer_ == nullptr); }
  void close() override;
  void vanish() override { close(); }

 private:
  void lose_peer(bool unread);

  std::string name_;  // that it is bound to
  bool listening_ = false;
  std::size_t backlog_ = 0;
  std::deque<UnixSocket*> clients_;  // the listener's ends of those that nobody has accepted yet
  UnixSocket* peer_ = nullptr;
  bool connected_ = false;
  ByteQueue queue_;     // what the peer has written
  bool ended_ = false;  // the peer writes no more
  bool shut_ = false;   // this end writes no more
  int error_ = 0;
};

}  // namespace patchbay::sim
