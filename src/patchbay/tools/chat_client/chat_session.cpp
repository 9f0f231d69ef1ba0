#include "patchbay/tools/chat_client/chat_session.hpp"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <utility>

#include "patchbay/base/ascii.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/chat_client/irc_link.hpp"
#include "patchbay/tools/chat_client/lines_link.hpp"

namespace patchbay::chat_client {

namespace {

constexpr std::size_t k_most_line_bytes = 32 * 1024;
constexpr Duration k_silence = 90s;        // then the server is asked whether it lives
constexpr Duration k_send_patience = 60s;  // a server may let those wait who say much
constexpr Duration k_goodbye = 1s;
constexpr Duration k_first_wait = 1s;
constexpr Duration k_longest_wait = 60s;
constexpr const char* k_talking = "talk to";

WallTime wall_now() {
  return std::chrono::floor<std::chrono::microseconds>(Loop::current().wall_clock());
}

Error ended() { return Error(Fault::closed, k_talking, "the server has ended the connection"); }

// 1 s, 2 s, 4 s … 60 s, a quarter more or less by chance: not all clients come back at once.
Duration next_wait(int tries) {
  const std::int64_t times = std::int64_t{1} << std::min(tries, 10);
  const Duration plain = std::min(k_first_wait * times, k_longest_wait);
  const std::uint64_t percent = 75 + Loop::current().random_bits() % 51;
  return plain / 100 * static_cast<std::int64_t>(percent);
}

}  // namespace

ChatSession::ChatSession(const ChatPlan& plan, std::string password, ChatModel& model,
                         ChatView& view, std::size_t history)
    : plan_(plan),
      password_(std::move(password)),
      model_(model),
      view_(view),
      history_(history),
      rooms_(plan.rooms) {}

ChatSession::~ChatSession() { ::OPENSSL_cleanse(password_.data(), password_.size()); }

std::unique_ptr<ChatLink> ChatSession::make_link(bool is_private) {
  if (plan_.face == ChatFace::lines) {
    return std::make_unique<LinesLink>(LinesLinkOptions{.nick = plan_.nick, .rooms = rooms_});
  }
  Loop& loop = Loop::current();
  IrcLinkOptions options{
      .nick = plan_.nick,
      .rooms = rooms_,
      .may_be_plain = is_private,
      .nonce = fmt::format("{:016x}{:016x}", loop.random_bits(), loop.random_bits()),
      .history = history_};
  if (plan_.account) options.account = SaslAccount{*plan_.account, password_};
  return std::make_unique<IrcLink>(std::move(options));
}

void ChatSession::pulse() {
  changed_.set();
  changed_.reset();
}

void ChatSession::set_state(ChatState state, std::optional<Error> lost, Duration wait) {
  state_ = state;
  view_.connection({.state = state, .server = plan_.server(), .lost = lost, .wait = wait});
  pulse();
}

Task<Result<>> ChatSession::run() {
  for (;;) {
    const Result<> talked = co_await connect_and_talk();
    const Error lost = talked ? ended() : talked.error();
    const bool cancelled = lost.fault() == Fault::cancelled;
    if (leaving_ || cancelled || refusal_ || !was_welcomed_ || plan_.once) {
      set_state(ChatState::over);
      if (leaving_) co_return ok();
      co_return lost;
    }
    const auto waited = co_await wait_for_next_try(lost);
    if (!waited) co_return waited;
    if (leaving_) co_return ok();
  }
}

Task<Result<>> ChatSession::wait_for_next_try(const Error& lost) {
  const Duration wait = next_wait(tries_++);
  const Deadline until = Deadline::after(wait);
  set_state(ChatState::waiting, lost, wait);
  while (!leaving_) {
    const auto woken = co_await changed_.wait(until);
    if (woken) continue;
    if (woken.error().fault() == Fault::timed_out) break;
    co_return woken.error();
  }
  co_return ok();
}

Task<Result<>> ChatSession::connect_and_talk() {
  set_state(ChatState::connecting);
  welcome_by_ = Deadline::after(plan_.timeout);
  auto transport = co_await dial_chat(plan_, welcome_by_);
  if (!transport) co_return transport.error();
  ++connections_;
  fences_asked_ = fences_answered_ = 0;
  asked_for_life_ = false;
  lines_ = std::make_unique<LineSplitter>(k_most_line_bytes);
  link_ = make_link((*transport)->is_private());
  set_state(ChatState::signing_in);
  link_->begin();
  has_lines_.set();
  const Result<> talked = co_await both(read(**transport), write(**transport));
  [[maybe_unused]] const auto said =
      co_await with_shield(Deadline::after(k_goodbye), say_goodbye(**transport));
  if (link_->refusal()) refusal_ = link_->refusal();
  // A server that lets us in and throws us out again is not asked each second.
  const bool lasted = Loop::current().now() - welcomed_at_ >= k_longest_wait;
  if (link_->welcomed() && lasted) tries_ = 0;
  std::vector<std::string> rooms;
  for (const auto& room : model_.rooms()) {
    if (room->joined) rooms.push_back(room->name);
  }
  if (!rooms.empty()) rooms_ = std::move(rooms);
  link_.reset();
  model_.disconnect();
  co_return talked;
}

// Also to those who were not told: after a Ctrl-C, or where the server is not to be trusted.
Task<Result<>> ChatSession::say_goodbye(ChatTransport& transport) {
  if (!leaving_ && link_->welcomed()) {
    link_->wish({.kind = ChatWish::Kind::quit}, wall_now());
    const std::vector<std::string> lines = link_->take_lines();
    const auto sent = co_await transport.send(lines, Deadline::after(k_goodbye));
    if (!sent) co_return sent;
  }
  [[maybe_unused]] const auto ended = co_await transport.end(Deadline::after(k_goodbye));
  // A connection that is closed with something unread is reset, and a reset can overtake the
  // goodbye: so the server ends it first.
  for (;;) {
    const auto rest = co_await transport.receive(Deadline::after(k_goodbye));
    if (!rest) co_return rest.error();
    if (rest->empty()) co_return ok();
  }
}

Deadline ChatSession::hear_by() const {
  return link_->welcomed() ? Deadline::after(k_silence) : welcome_by_;
}

Task<Result<>> ChatSession::read(ChatTransport& transport) {
  for (;;) {
    const auto piece = co_await transport.receive(hear_by());
    if (!piece && piece.error().fault() == Fault::timed_out && link_->welcomed()) {
      if (std::exchange(asked_for_life_, true)) {
        co_return Error(Fault::timed_out, k_talking, "the server has become silent");
      }
      link_->fence();
      ++fences_asked_;
      has_lines_.set();
      continue;
    }
    if (!piece && piece.error().fault() == Fault::timed_out) {
      co_return Error(Fault::timed_out, k_talking, "the server did not welcome us in time",
                      "check that it speaks this protocol (--face), or allow more with --timeout");
    }
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return ended();
    asked_for_life_ = false;
    hear(*piece);
    if (link_->refusal()) co_return Error(Fault::permission, k_talking);
  }
}

void ChatSession::hear(std::string_view piece) {
  for (;;) {
    const std::string_view unfinished = piece;
    const auto line = lines_->next(piece);
    if (!line) {
      if (!unfinished.empty()) link_->hear_unfinished(unfinished);
      break;
    }
    if (line->too_long) continue;
    link_->hear(line->text, wall_now());
  }
  deliver();
}

void ChatSession::deliver() {
  for (ChatEvent& event : link_->take_events()) {
    clean(event);
    if (event.kind == ChatEvent::Kind::fenced) {
      ++fences_answered_;
      continue;
    }
    model_.take(event);
    view_.happened(event);
    note(event);
  }
  has_lines_.set();
  pulse();
}

void ChatSession::note(const ChatEvent& event) {
  if (event.kind == ChatEvent::Kind::welcomed) {
    was_welcomed_ = true;
    welcomed_at_ = Loop::current().now();
    set_state(ChatState::online);
  }
  const bool of_first_room =
      !plan_.rooms.empty() && equal_ignoring_case(event.room, plan_.rooms.front());
  if (event.kind == ChatEvent::Kind::refused && of_first_room && !first_room_entered()) {
    room_refusal_ = ChatRefusal{
        Failure("cannot enter " + event.room, event.text, "choose another one with --room"),
        exit_permission};
  }
}

bool ChatSession::first_room_entered() const {
  if (plan_.rooms.empty()) return true;
  const ChatRoom* const room = model_.find(plan_.rooms.front());
  return room != nullptr && room->joined;
}

Task<Result<>> ChatSession::write(ChatTransport& transport) {
  for (;;) {
    const std::vector<std::string> lines = link_->take_lines();
    if (!lines.empty()) {
      const auto sent = co_await transport.send(lines, Deadline::after(k_send_patience));
      if (!sent) co_return sent;
      continue;
    }
    if (leaving_) {
      // It is the server who ends the connection, after all that was said before.
      [[maybe_unused]] const auto slept = co_await sleep_for(k_goodbye);
      co_return ended();
    }
    const auto woken = co_await has_lines_.wait();
    if (!woken) co_return woken;
    has_lines_.reset();
  }
}

void ChatSession::wish(const ChatWish& wish) {
  if (wish.kind == ChatWish::Kind::quit) return leave(wish.text);
  if (link_ == nullptr || !link_->welcomed()) return;
  link_->wish(wish, wall_now());
  deliver();
}

void ChatSession::leave(std::string why) {
  if (std::exchange(leaving_, true)) return;
  if (link_ != nullptr) {
    link_->wish({.kind = ChatWish::Kind::quit, .text = std::move(why)}, wall_now());
  }
  has_lines_.set();
  pulse();
}

Task<Result<>> ChatSession::ready() {
  while (!online() || !first_room_entered()) {
    if (online() && room_refusal_) {
      refusal_ = room_refusal_;
      co_return Error(Fault::permission, k_talking);
    }
    const auto woken = co_await changed_.wait();
    if (!woken) co_return woken;
  }
  co_return ok();
}

Task<bool> ChatSession::fence(Deadline deadline) {
  if (!online()) co_return false;
  const std::uint64_t connection = connections_;
  const std::uint64_t number = ++fences_asked_;
  link_->fence();
  deliver();
  while (online() && connections_ == connection && fences_answered_ < number) {
    const auto woken = co_await changed_.wait(deadline);
    if (!woken) co_return false;
  }
  co_return connections_ == connection&& fences_answered_ >= number;
}

}  // namespace patchbay::chat_client
