#include "patchbay/tools/echo/connect_tcp_relay.hpp"

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/echo/connect_shared.hpp"

namespace patchbay {

namespace {

// Both directions of one relay. A member for each, since a reset of one must not lose what the
// other still has to say.
class Relay {
 public:
  Relay(RelayStreams streams, RelayOptions options, RelayTotals& totals)
      : peer_(streams.peer),
        input_(streams.input),
        output_(streams.output),
        options_(std::move(options)),
        totals_(totals),
        last_moved_(Loop::current().now()) {}

  Task<Result<>> run() {
    const Result<> ended = co_await both(send(), receive());
    if (over_ || output_.reader_left()) co_return ok();
    if (!ended) co_return ended;
    if (unsent_) co_return *unsent_;
    co_return ok();
  }

 private:
  Task<Result<>> send() {
    for (;;) {
      auto piece = co_await input_.receive();
      if (!piece) co_return piece.error();
      if (piece->empty()) break;
      const auto sent = co_await send_piece(*piece);
      if (!sent && sent.error().fault() == Fault::closed) {
        unsent_ = sent.error();  // what the peer said before it left is still to be read
        co_return ok();
      }
      if (!sent) co_return sent;
    }
    const auto ended = co_await peer_.shutdown_write();
    if (!ended && ended.error().fault() != Fault::closed) co_return ended;
    co_return ok();
  }

  Task<Result<>> send_piece(const Lease& piece) {
    std::string translated;
    std::span<const std::byte> bytes = piece.bytes();
    if (options_.crlf) {
      translated = crlf_.next(piece.text());
      bytes = std::as_bytes(std::span(translated));
    }
    const auto sent = co_await peer_.write_all(bytes, in_time());
    if (!sent) co_return sent;
    totals_.sent_bytes += bytes.size();
    last_moved_ = Loop::current().now();
    if (options_.view == nullptr) co_return ok();
    co_return co_await output_.show(options_.view->sent(bytes));
  }

  Task<Result<>> receive() {
    for (;;) {
      auto piece = co_await peer_.receive(idle_at());
      if (!piece && piece.error().fault() == Fault::timed_out && moved_meanwhile()) continue;
      if (!piece) co_return piece.error();
      if (piece->empty()) break;
      totals_.received_bytes += piece->size();
      last_moved_ = Loop::current().now();
      const auto shown = options_.view == nullptr
                             ? co_await output_.pass(piece->bytes())
                             : co_await output_.show(options_.view->received(piece->bytes()));
      if (!shown) co_return shown;
    }
    if (options_.view != nullptr) {
      const auto shown = co_await output_.show(options_.view->peer_ended());
      if (!shown) co_return shown;
    }
    if (options_.peer_ended) options_.peer_ended();
    if (!options_.end_with_peer) co_return ok();
    over_ = true;
    co_return Error(Fault::closed, "go on");  // cancels the reading of the input
  }

  Deadline in_time() const {
    return options_.timeout ? Deadline::after(*options_.timeout) : Deadline::never();
  }
  Deadline idle_at() const {
    return options_.timeout ? Deadline(last_moved_ + *options_.timeout) : Deadline::never();
  }
  bool moved_meanwhile() const { return Loop::current().now() < idle_at().at(); }

  Stream& peer_;
  Stream& input_;
  ConnectOutput output_;
  RelayOptions options_;
  RelayTotals& totals_;
  CrlfWriter crlf_;
  Instant last_moved_;
  bool over_ = false;  // the peer, and with it all
  std::optional<Error> unsent_;
};

}  // namespace

Task<Result<>> relay(RelayStreams streams, RelayOptions options, RelayTotals& totals) {
  Relay joined(streams, std::move(options), totals);
  co_return co_await joined.run();
}

}  // namespace patchbay
