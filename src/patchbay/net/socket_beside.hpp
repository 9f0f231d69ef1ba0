// SocketBeside: what another thread than the loop's does with one of its sockets, where that is a
// kernel's. It sends by it while the loop makes ready what is sent next, and closes what takes long
// to close.
#pragma once

#include <functional>
#include <optional>

#include "patchbay/base/time.hpp"
#include "patchbay/net/datagram_socket.hpp"

namespace patchbay {

class EpollEngine;

// On how many processors this thread may run, at least 1: on one alone, work beside the loop only
// changes places with it. What a group of processes may have of their time is not looked at.
unsigned usable_processors();

class SocketBeside {
 public:
  // Nothing: the engine is no kernel, and has no threads.
  static std::optional<SocketBeside> of(const DatagramSocket& socket);

  // On any thread: all of the batch, which tells what became of it. A busy link is waited for, for
  // `most_blocked` at a time; what is unsent then stays so. Until it returns, the socket stays open
  // and nobody else touches the batch. The loop, and other threads, may send by the socket
  // meanwhile.
  void send(DatagramBatch& batch, Duration most_blocked) const;
  // On the loop's: as DatagramSocket::close(), but for what a kernel may take its time for. That is
  // returned, and called once, on any thread.
  std::function<void()> begin_close() const;

 private:
  SocketBeside(EpollEngine& engine, int handle) : engine_(&engine), handle_(handle) {}

  EpollEngine* engine_;
  int handle_;
};

}  // namespace patchbay
