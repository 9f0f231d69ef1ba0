#include "patchbay/http/http_tunnel.hpp"

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

Task<> HttpTunnel::run(Stream& client, std::string early) {
  Stream& upstream = upstream_->stream();
  moved_at_ = Loop::current().now();
  auto there = carry(client, upstream, std::move(early));
  auto back = carry(upstream, client, upstream_->take_rest());
  [[maybe_unused]] const auto ended =
      co_await either(both(std::move(there), std::move(back)), wait_until_idle());
  upstream_.reset();
  keeps_.reset();
}

Task<Result<>> HttpTunnel::carry(Stream& from, Stream& to, std::string first) {
  if (!first.empty()) {
    if (const auto sent = co_await to.write_all(first); !sent) co_return sent;
  }
  for (;;) {
    const auto data = co_await from.receive();
    if (!data) co_return data.error();
    moved_at_ = Loop::current().now();
    if (data->empty()) co_return co_await to.shutdown_write(Deadline::after(idle_));
    if (const auto sent = co_await to.write_all(data->bytes()); !sent) co_return sent;
    moved_at_ = Loop::current().now();
  }
}

// Ends what moves no byte, also where one side takes none.
Task<Result<>> HttpTunnel::wait_until_idle() {
  for (;;) {
    const Instant due = moved_at_ + idle_;
    if (Loop::current().now() >= due) co_return Error(Fault::timed_out, "carry the tunnel");
    if (const auto slept = co_await sleep_until(Deadline(due)); !slept) co_return slept;
  }
}

}  // namespace patchbay
