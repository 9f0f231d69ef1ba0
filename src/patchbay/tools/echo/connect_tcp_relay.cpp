#include "patchbay/tools/echo/connect_tcp_relay.hpp"

#include "patchbay/base/hex_dump.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/echo/connect_shared.hpp"

namespace patchbay {

namespace {

class EscapedView final : public RelayView {
 public:
  std::string sent(std::span<const std::byte>) override { return {}; }
  std::string received(std::span<const std::byte> bytes) override {
    begun_ += as_text(bytes);
    const std::size_t whole = begun_.size() - unfinished_utf8(begun_);
    std::string shown = escape(std::string_view(begun_).substr(0, whole));
    begun_.erase(0, whole);
    return shown;
  }
  std::string peer_ended() override { return escape(begun_); }

 private:
  static std::string escape(std::string_view bytes) {
    return escape_terminal(bytes, {.newline = true, .tab = true});
  }

  std::string begun_;  // at most three bytes between two pieces
};

class HexView final : public RelayView {
 public:
  std::string sent(std::span<const std::byte> bytes) override { return sent_.next(bytes); }
  std::string received(std::span<const std::byte> bytes) override { return received_.next(bytes); }
  std::string peer_ended() override { return {}; }

 private:
  HexDumper sent_{"> "};
  HexDumper received_{"< "};
};

// Both directions of one relay. A member for each, since a reset of one must not lose what the other
// still has to say.
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
    if (over_) co_return ok();
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
    co_return co_await show(options_.view->sent(bytes));
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
                             ? co_await pass(piece->bytes())
                             : co_await show(options_.view->received(piece->bytes()));
      if (!shown) co_return shown;
    }
    if (options_.view != nullptr) {
      const auto shown = co_await show(options_.view->peer_ended());
      if (!shown) co_return shown;
    }
    if (options_.peer_ended) options_.peer_ended();
    if (!options_.end_with_peer) co_return ok();
    over_ = true;
    co_return Error(Fault::closed, "go on");  // cancels the reading of the input
  }

  Task<Result<>> pass(std::span<const std::byte> bytes) {
    const auto written = co_await output_.write_all(bytes);
    if (written || written.error().fault() != Fault::closed) co_return written;
    over_ = true;  // the reader of the output has left: nothing more is wanted
    co_return written;
  }

  // Both directions show: one text after the other.
  Task<Result<>> show(std::string text) {
    if (text.empty()) co_return ok();
    while (showing_) {
      const auto turn = co_await shown_.wait();
      if (!turn) co_return turn;
    }
    showing_ = true;
    shown_.reset();
    const auto written = co_await pass(std::as_bytes(std::span(text)));
    showing_ = false;
    shown_.set();
    co_return written;
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
  Stream& output_;
  RelayOptions options_;
  RelayTotals& totals_;
  CrlfWriter crlf_;
  Instant last_moved_;
  Event shown_{true};
  bool showing_ = false;
  bool over_ = false;
  std::optional<Error> unsent_;
};

}  // namespace

std::unique_ptr<RelayView> make_escaped_view() { return std::make_unique<EscapedView>(); }
std::unique_ptr<RelayView> make_hex_view() { return std::make_unique<HexView>(); }

Task<Result<>> relay(RelayStreams streams, RelayOptions options, RelayTotals& totals) {
  Relay joined(streams, std::move(options), totals);
  co_return co_await joined.run();
}

}  // namespace patchbay
