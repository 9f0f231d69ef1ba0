#include "patchbay/tools/chat/irc/irc_door.hpp"

#include <fmt/format.h>

#include <chrono>
#include <memory>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/chat/irc/irc_visit.hpp"
#include "patchbay/wire/line_splitter.hpp"

namespace patchbay {

namespace {

// With tags; which part of it is too long the session sees. The LF is not counted.
constexpr std::size_t k_line_bytes = k_irc_client_tag_bytes + k_irc_line_bytes - 1;

// Why a receive failed is seen by its outcome, and a Result would take the room of an Error in the
// frame of every idle client.
class QuietReceive : public ReceiveOp {
 public:
  QuietReceive(const Stream& stream, Deadline deadline)
      : ReceiveOp(OpKind::receive, &stream.port(), stream.handle(), deadline) {}
  // Empty: there is nothing.
  [[gnu::noinline]] Lease await_resume() {
    auto received = ReceiveOp::await_resume();
    return received ? std::move(*received) : Lease();
  }
};

class StreamVisit final : public IrcVisit {
 public:
  StreamVisit(IrcServer& server, Stream connected, const Endpoint& peer, bool secure,
              ChatTicket ticket)
      : IrcVisit(server, &stream_, 0, peer, secure, std::move(ticket)),
        stream_(std::move(connected)),
        heard_at_(Loop::current().now()) {}

  // The base refers to it before it is there, which is no more than its address.
  Stream& stream() { return stream_; }

  void wake() override {
    if (waiting_ != nullptr && waiting_->waiting()) waiting_->end(Outcome::cancelled);
  }

  // When a silent client is asked whether it is there, or has been silent for too long.
  Deadline patience() const;
  void note_silence(Outcome outcome);
  Task<> take_all(std::string_view data);
  Task<> say_goodbye();

  // The operation that this visit waits in; wake() ends it.
  void waits_in(Op* op) { waiting_ = op; }

 protected:
  Task<bool> pause(Deadline until) override;

 private:
  static Task<> say(Stream& stream, std::string last_words);

  Stream stream_;
  LineSplitter lines_{k_line_bytes};
  Instant heard_at_;
  bool was_asked_ = false;
  bool is_gone_ = false;  // nothing can be said to it any more
  Op* waiting_ = nullptr;
};

Deadline StreamVisit::patience() const {
  const ChatLimits& limits = session.hub().settings().limits;
  if (!session.is_registered) return Deadline(heard_at_ + limits.registration);
  return Deadline(heard_at_ + (was_asked_ ? 2 : 1) * limits.ping_after);
}

void StreamVisit::note_silence(Outcome outcome) {
  if (session.is_over()) return;  // somebody else has ended it
  switch (outcome) {
    case Outcome::timed_out: break;
    case Outcome::cancelled: return session.end("The server ends");
    case Outcome::ok: return session.end("Connection closed");
    default: is_gone_ = true; return session.end("Connection lost");
  }
  if (!session.is_registered) return session.end("It did not say in time who it is");
  const auto silent = std::chrono::floor<std::chrono::seconds>(Loop::current().now() - heard_at_);
  if (was_asked_) return session.end(fmt::format("Ping timeout: {} seconds", silent.count()));
  was_asked_ = true;
  session.reply_line(fmt::format("PING :{}", session.hub().self().name));
}

Task<> StreamVisit::take_all(std::string_view data) {
  // Half a registration is not prolonged by another byte.
  if (session.is_registered) heard_at_ = Loop::current().now();
  was_asked_ = false;
  while (!session.is_over()) {
    const auto line = lines_.next(data);
    if (!line) break;
    const bool was_registered = session.is_registered;
    if (line->too_long) session.refuse_long_line();
    co_await take(line->text);
    if (session.is_registered != was_registered) heard_at_ = Loop::current().now();
  }
}

Task<bool> StreamVisit::pause(Deadline until) {
  SleepOp sleeping(until);
  waits_in(&sleeping);
  const auto slept = co_await sleeping;
  waits_in(nullptr);
  co_return slept || session.is_over();
}

// What others are told they are told at once; the client has a moment to hear what is left.
Task<> StreamVisit::say_goodbye() {
  std::string rest;
  const bool hears = !is_gone_ && !session.outlet.is_blocked();
  if (hears) rest = ChatHub::take(session, session.hub().settings().limits.hard_send_bytes);
  session.leave("Connection closed");
  if (hears) {
    co_await with_shield(Deadline::after(k_irc_goodbye), say(stream_, rest + session.last_words()));
  }
}

// Closed with something unread the kernel would tell the client of an error, and that might come
// before the last line has been read.
Task<> StreamVisit::say(Stream& stream, std::string last_words) {
  if (const auto said = co_await stream.write_all(last_words); !said) co_return;
  if (const auto ended = co_await stream.shutdown_write(); !ended) co_return;
  for (;;) {
    const auto data = co_await stream.receive();
    if (!data || data->empty()) co_return;
  }
}

// All that an idle client costs beside its visit is this frame.
Task<> converse(std::unique_ptr<StreamVisit> visit) {
  while (!visit->session.is_over()) {
    QuietReceive receiving(visit->stream(), visit->patience());
    visit->waits_in(&receiving);
    const Lease data = co_await receiving;
    visit->waits_in(nullptr);
    if (data.empty()) {
      visit->note_silence(receiving.outcome);
    } else {
      co_await visit->take_all(data.text());
    }
  }
  co_await visit->say_goodbye();
}

ChatTicket admit(const IrcServer& server, const Endpoint& peer) {
  return server.doorkeeper.admit(peer.address(), server.hub.settings().limits);
}

}  // namespace

Task<> talk_irc(IrcServer& server, Stream stream, Endpoint peer, bool secure) {
  return converse(
      std::make_unique<StreamVisit>(server, std::move(stream), peer, secure, admit(server, peer)));
}

Task<> talk_irc_over_tls(IrcServer& server, Stream stream, Endpoint peer,
                         const TlsContext& context) {
  auto ticket = admit(server, peer);
  if (!ticket) co_return;  // there is nothing yet that it could be told by
  const Deadline deadline = Deadline::after(server.hub.settings().limits.registration);
  auto secured = co_await tls_accept(std::move(stream), context, deadline);
  if (!secured) co_return;
  co_await converse(
      std::make_unique<StreamVisit>(server, std::move(*secured), peer, true, std::move(ticket)));
}

}  // namespace patchbay
