#include "patchbay/tools/echo/connect_udp.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/resolve.hpp"
#include "patchbay/tools/echo/connect_shared.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_receive_bytes = 65'536;  // any datagram fits

class UdpRelay {
 public:
  UdpRelay(UdpRelayStreams streams, UdpRelayOptions options, UdpRelayTotals& totals)
      : peer_(streams.peer),
        input_(streams.input),
        output_(streams.output),
        options_(options),
        totals_(totals),
        memory_(k_receive_bytes) {}

  Task<Result<>> run() {
    const Result<> ended = co_await both(send_lines(), show_answers());
    if (lingered_ || output_.reader_left()) co_return ok();
    co_return ended;
  }

 private:
  Task<Result<>> send_lines() {
    for (;;) {
      auto piece = co_await input_.receive();
      if (!piece) co_return piece.error();
      if (piece->empty()) break;
      line_ += options_.crlf ? crlf_.next(piece->text()) : piece->text();
      const auto sent = co_await send_whole_lines();
      if (!sent) co_return sent;
    }
    const auto sent = line_.empty() ? ok() : co_await send(std::move(line_));
    if (!sent) co_return sent;
    for (;;) {
      const Instant heard = last_heard_;
      const auto slept = co_await sleep_for(options_.linger);
      if (!slept) co_return slept;
      if (heard == last_heard_) break;
    }
    lingered_ = true;
    co_return Error(Fault::cancelled, "go on");  // ends the other half
  }

  Task<Result<>> send_whole_lines() {
    for (;;) {
      const std::size_t newline = line_.find('\n');
      std::size_t size = newline == std::string::npos ? line_.size() : newline + 1;
      if (size > k_largest_datagram_bytes) {
        size = k_largest_datagram_bytes;
      } else if (newline == std::string::npos) {
        co_return ok();  // the rest of the line is still to come
      }
      const auto sent = co_await send(line_.substr(0, size));
      if (!sent) co_return sent;
      line_.erase(0, size);
    }
  }

  Task<Result<>> send(std::string datagram) {
    const auto sent = co_await peer_.send(datagram);
    if (!sent) co_return sent;
    ++totals_.sent_datagrams;
    totals_.sent_bytes += datagram.size();
    if (options_.view == nullptr) co_return ok();
    co_return co_await output_.show(options_.view->sent(std::as_bytes(std::span(datagram))));
  }

  Task<Result<>> show_answers() {
    for (;;) {
      const auto answer = co_await peer_.receive(memory_);
      if (!answer) co_return answer.error();
      last_heard_ = Loop::current().now();
      ++totals_.received_datagrams;
      totals_.received_bytes += answer->size;
      const auto shown = options_.view == nullptr
                             ? co_await output_.pass(answer->bytes)
                             : co_await output_.show(options_.view->received(answer->bytes));
      if (!shown) co_return shown;
    }
  }

  UdpSocket& peer_;
  Stream& input_;
  ConnectOutput output_;
  UdpRelayOptions options_;
  UdpRelayTotals& totals_;
  std::vector<std::byte> memory_;
  CrlfWriter crlf_;
  std::string line_;  // what has come of the next line; less than a datagram between two pieces
  Instant last_heard_{};
  bool lingered_ = false;
};

}  // namespace

Task<Result<UdpSocket>> connect_udp(UdpConnectOptions options) {
  const Deadline deadline = Deadline::after(options.timeout);
  if (!options.local) co_return co_await UdpSocket::connected_to(options.to, {}, deadline);

  const Family family = options.local->family();
  const auto addresses = co_await resolve(options.to.host, family, deadline);
  if (!addresses) co_return addresses.error();
  auto socket = UdpSocket::bind(*options.local);
  if (!socket) co_return socket.error();
  if (addresses->empty()) co_return Error(Fault::resolve, "resolve").about(options.to.host);
  const auto connected = socket->connect(Endpoint(addresses->front(), options.to.port));
  if (!connected) co_return connected.error().about(options.to.to_string());
  co_return std::move(*socket);
}

Task<Result<UdpAnswer>> ask_udp(UdpSocket& socket, AskUdpOptions options, unsigned& sent) {
  const Instant begin = Loop::current().now();
  const Deadline end = Deadline::after(options.timeout);
  std::vector<std::byte> memory(k_receive_bytes);
  for (Duration wait = options.first_wait;; wait *= 2) {
    const auto asked = co_await socket.send(options.question, end);
    if (!asked) co_return asked.error();
    ++sent;
    const Deadline again = Deadline::after(wait).or_earlier(end);
    const auto answer = co_await socket.receive(memory, again);
    if (answer) {
      co_return UdpAnswer{.bytes = std::string(answer->text()),
                          .took = Loop::current().now() - begin};
    }
    const bool asks_again =
        answer.error().fault() == Fault::timed_out && Loop::current().now() < end.at();
    if (!asks_again) co_return answer.error();
  }
}

Task<Result<>> relay_udp(UdpRelayStreams streams, UdpRelayOptions options, UdpRelayTotals& totals) {
  UdpRelay joined(streams, options, totals);
  co_return co_await joined.run();
}

}  // namespace patchbay
