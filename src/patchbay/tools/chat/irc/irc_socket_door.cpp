// IRC over WebSockets (the websocket specification of IRCv3).
#include <string_view>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/chat/irc/irc_door.hpp"
#include "patchbay/tools/chat/irc/irc_visit.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_write_bytes = 64 * 1024;

class SocketVisit final : public IrcVisit {
 public:
  SocketVisit(IrcServer& server, WebSocket& socket, const Endpoint& peer, bool secure,
              std::uint32_t framing, ChatTicket ticket)
      : IrcVisit(server, nullptr, framing, peer, secure, std::move(ticket)), socket_(socket) {
    ChatHub::expect(session, &more_);
  }

  void wake() override { over_.set(); }

  // Both ways at once, until it is over.
  Task<> converse();
  Task<> say_goodbye();

 protected:
  // Whoever waits is in the reader's task, which ends with the writer's and with the server.
  Task<bool> pause(Deadline until) override;

 private:
  Task<Result<>> read();
  Task<Result<>> write();
  Task<Result<>> until_over();
  Task<> say(std::string last_words);

  WebSocket& socket_;
  Event more_;  // there is something to write
  Event over_;
};

Task<bool> SocketVisit::pause(Deadline until) {
  const auto woken = co_await over_.wait(until);
  co_return woken || woken.error().fault() == Fault::timed_out;
}

Task<Result<>> SocketVisit::until_over() { co_return co_await over_.wait(); }

// The socket itself asks a silent peer whether it is there.
Task<Result<>> SocketVisit::read() {
  const Deadline by = Deadline::after(session.hub().settings().limits.registration);
  while (!session.is_over()) {
    const auto message = co_await socket_.receive(session.is_registered ? Deadline::never() : by);
    if (!message) {
      const Fault fault = message.error().fault();
      if (session.is_over()) co_return message.error();
      if (fault == Fault::cancelled) {
        session.end("The server ends");
      } else if (fault == Fault::timed_out && socket_.is_open()) {
        session.end("It did not say in time who it is");
      } else {
        session.end("Connection closed");
      }
      co_return message.error();
    }
    std::string_view line = message->data;
    while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
    co_await take(line);
  }
  co_return ok();
}

Task<Result<>> SocketVisit::write() {
  for (;;) {
    if (const auto waited = co_await more_.wait(); !waited) co_return waited;
    more_.reset();
    for (;;) {
      const std::string frames = ChatHub::take(session, k_write_bytes);
      if (frames.empty()) break;
      const Duration patience = session.hub().settings().limits.send_patience;
      const auto sent = co_await socket_.send_frames(frames, Deadline::after(patience));
      if (sent) continue;
      session.end(sent.error().fault() == Fault::timed_out ? "Takes nothing it is sent"
                                                           : "Connection closed");
      co_return sent;
    }
  }
}

Task<> SocketVisit::converse() {
  if (session.is_over()) co_return;
  // Each of them ends the others.
  [[maybe_unused]] const auto ended = co_await either(until_over(), either(read(), write()));
  session.end("The server ends");
}

Task<> SocketVisit::say_goodbye() {
  std::string rest = ChatHub::take(session, session.hub().settings().limits.hard_send_bytes);
  ChatHub::expect(session, nullptr);
  session.leave("Connection closed");
  co_await with_shield(Deadline::after(k_irc_goodbye), say(rest + session.last_words()));
}

Task<> SocketVisit::say(std::string last_words) {
  const Deadline by = Deadline::after(k_irc_goodbye);
  [[maybe_unused]] const auto said = co_await socket_.send_frames(last_words, by);
  [[maybe_unused]] const auto closed = co_await socket_.close(k_close_normal, "", by);
}

}  // namespace

Task<> talk_irc_websocket(IrcServer& server, WebSocket& socket, Endpoint peer, bool secure,
                          std::uint32_t framing) {
  SocketVisit visit(server, socket, peer, secure, framing,
                    server.doorkeeper.admit(peer.address(), server.hub.settings().limits));
  co_await visit.converse();
  co_await visit.say_goodbye();
}

}  // namespace patchbay
