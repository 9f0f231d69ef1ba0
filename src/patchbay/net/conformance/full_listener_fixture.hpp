// For tests: a listener whose queue is full, so that who connects hears nothing.
#pragma once

#include <netinet/tcp.h>

#include <utility>
#include <vector>

#include "patchbay/net/conformance/engine_test.hpp"

namespace patchbay {

// Who waits for an answer until it is closed is refused then: nobody else gets its port meanwhile.
struct FullListener {
  TcpListener holder;  // has the port as well, and does not listen
  TcpListener listener;
  std::vector<TcpStream> queue;

  Endpoint local() const { return listener.local(); }
};

// Of a listener TCP_INFO tells how many wait, and how many may: one more than that is let in.
inline bool is_full(const TcpListener& listener) {
  tcp_info info{};
  unsigned size = sizeof info;
  const auto got =
      listener.port().get_option(listener.handle(), IPPROTO_TCP, TCP_INFO, &info, size);
  if (!got) ADD_FAILURE() << got.error().describe();
  return info.tcpi_unacked > info.tcpi_sacked;
}

inline Task<Result<FullListener>> fill_a_listener() {
  auto holder = TcpListener::bind(loopback(), {.reuse_port = true, .listen = false});
  if (!holder) co_return holder.error();
  auto listener = TcpListener::bind(holder->local(), {.backlog = 0, .reuse_port = true});
  if (!listener) co_return listener.error();
  FullListener full{std::move(*holder), std::move(*listener), {}};
  // Who was let in is not at once in the queue, and who comes between hears nothing already.
  for (int tries = 0; tries < 1'000 && !is_full(full.listener); ++tries) {
    auto client = co_await TcpStream::connect(full.local(), Deadline::after(20ms));
    if (client) full.queue.push_back(std::move(*client));
  }
  EXPECT_TRUE(is_full(full.listener));
  co_return full;
}

inline Task<Result<>> close_soon(TcpListener& listener) {
  const auto slept = co_await sleep_for(10ms);
  listener.close();
  co_return slept;
}

}  // namespace patchbay
