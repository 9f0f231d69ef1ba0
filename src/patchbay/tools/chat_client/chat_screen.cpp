#include "patchbay/tools/chat_client/chat_screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <ctime>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/signals.hpp"
#include "patchbay/net/standard_streams.hpp"
#include "patchbay/tools/chat_client/chat_text.hpp"
#include "patchbay/tools/chat_client/chat_wish.hpp"

namespace patchbay::chat_client {

namespace {

constexpr Duration k_between_frames = 20ms;  // however much is said meanwhile
constexpr Duration k_escape_alone = 50ms;    // for the rest of a key's sequence
constexpr std::size_t k_history_page = 50;
constexpr std::size_t k_name_width = 22;  // in the list of commands

WallTime wall_now() {
  return std::chrono::floor<std::chrono::microseconds>(Loop::current().wall_clock());
}

// What the clocks of this place show, against UTC.
Duration utc_offset() {
  const std::time_t now = std::chrono::system_clock::to_time_t(Loop::current().wall_clock());
  std::tm local{};
  ::localtime_r(&now, &local);
  return std::chrono::seconds(local.tm_gmtoff);
}

// RFC 3339 with milliseconds, as CHATHISTORY has it.
std::string in_milliseconds(WallTime at) {
  constexpr std::size_t k_kept = std::string_view("2026-03-01T12:00:00.000").size();
  return rfc3339(at).substr(0, k_kept) + 'Z';
}

}  // namespace

ChatScreen::ChatScreen(ChatModel& model, ChatTerminal& terminal, std::string server)
    : model_(model), terminal_(terminal), server_(clean_text(server)) {}

void ChatScreen::happened(const ChatEvent& event) {
  if (event.kind == ChatEvent::Kind::said && !event.own) {
    const ChatRoom* const room = model_.find(event.room);
    if (room != nullptr && room->mentions > 0) terminal_.ring();
  }
  changed_.set();
}

void ChatScreen::connection(const ChatConnection& connection) {
  switch (connection.state) {
    case ChatState::connecting: state_ = "connecting"; break;
    case ChatState::signing_in: state_ = "signing in"; break;
    case ChatState::online: state_.clear(); break;
    case ChatState::over: state_ = "leaving"; break;
    case ChatState::waiting: {
      state_ = "not connected: next try in " + format_duration(connection.wait);
      const std::string why = connection.lost ? connection.lost->why() : std::string();
      tell(ChatLine::Kind::refusal,
           why.empty() ? std::string("the connection is lost") : "the connection is lost: " + why);
      break;
    }
  }
  changed_.set();
}

void ChatScreen::tell(ChatLine::Kind kind, std::string text) {
  model_.tell(kind, std::move(text), wall_now());
  changed_.set();
}

// --- tasks ---------------------------------------------------------------------------------------

Task<Result<>> ChatScreen::run(ChatSession& session) {
  co_return co_await either(read_and_watch(session), draw());
}

Task<Result<>> ChatScreen::read_and_watch(ChatSession& session) {
  co_return co_await either(read_keys(session), watch_size());
}

Task<Result<>> ChatScreen::read_keys(ChatSession& session) {
  auto input = open_standard_input();
  if (!input) co_return input.error();
  while (!left_) {
    const Deadline patience =
        keys_.unfinished() ? Deadline::after(k_escape_alone) : Deadline::never();
    const auto bytes = co_await input->receive(patience);
    if (!bytes && bytes.error().fault() == Fault::timed_out && !patience.is_never()) {
      if (const auto key = keys_.flush()) press(*key, session);
      continue;
    }
    if (!bytes) co_return bytes.error();
    if (bytes->empty()) leave(session, "");  // the terminal has gone
    keys_.add(bytes->text());
    for (auto key = keys_.next(); key && !left_; key = keys_.next()) press(*key, session);
  }
  if (!session.online()) co_return ok();
  Event never;  // the session ends this when the server has heard it
  co_return co_await never.wait();
}

Task<Result<>> ChatScreen::watch_size() {
  auto signals = Signals::watch(std::array{SIGWINCH});
  if (!signals) co_return signals.error();
  for (;;) {
    const auto signal = co_await signals->next();
    if (!signal) co_return signal.error();
    terminal_.resize();
    changed_.set();
  }
}

Task<Result<>> ChatScreen::draw() {
  for (;;) {
    const auto woken = co_await changed_.wait();
    if (!woken) co_return woken;
    changed_.reset();
    const ScreenFrame frame = lay_out({.model = model_,
                                       .input = input_,
                                       .server = server_,
                                       .connection = state_,
                                       .utc_offset = utc_offset()},
                                      terminal_.size());
    shown_lines_ = frame.shown_lines;
    terminal_.show(frame);
    if (const auto slept = co_await sleep_for(k_between_frames); !slept) co_return slept;
  }
}

// --- keys ----------------------------------------------------------------------------------------

void ChatScreen::press(const Key& key, ChatSession& session) {
  changed_.set();
  if (key.kind == Key::Kind::tab) {
    completion_.next(input_, model_);
    return;
  }
  completion_.end();
  switch (key.kind) {
    case Key::Kind::enter: return obey(session);
    case Key::Kind::page_up: return page_up(session);
    case Key::Kind::page_down: return page_down();
    case Key::Kind::control: return press_control(key.letter, session);
    case Key::Kind::alt: return go_to(key.letter);
    default: return edit(key);
  }
}

void ChatScreen::edit(const Key& key) {
  switch (key.kind) {
    case Key::Kind::text: return input_.insert(key.text);
    case Key::Kind::backspace: return input_.backspace();
    case Key::Kind::erase: return input_.erase();
    case Key::Kind::left: return input_.left();
    case Key::Kind::right: return input_.right();
    case Key::Kind::word_left: return input_.word_left();
    case Key::Kind::word_right: return input_.word_right();
    case Key::Kind::home: return input_.home();
    case Key::Kind::end: return input_.end();
    case Key::Kind::up: return input_.older();
    case Key::Kind::down: return input_.newer();
    default: return;
  }
}

void ChatScreen::press_control(char letter, ChatSession& session) {
  switch (letter) {
    case 'a': return input_.home();
    case 'e': return input_.end();
    case 'b': return input_.left();
    case 'f': return input_.right();
    case 'u': return input_.kill_to_begin();
    case 'k': return input_.kill_to_end();
    case 'w': return input_.kill_word();
    case 'y': return input_.yank();
    case 'n': return go(1);
    case 'p': return go(-1);
    case 'l': return terminal_.repaint();
    case 'z': return terminal_.suspend();
    case 'c': return leave(session, "");
    case 'd': return input_.text().empty() ? leave(session, "") : input_.erase();
    default: return;
  }
}

void ChatScreen::leave(ChatSession& session, std::string why) {
  left_ = true;
  session.leave(std::move(why));
}

void ChatScreen::go(int step) {
  const std::size_t size = model_.rooms().size();
  model_.select((model_.current_index() + (step > 0 ? 1 : size - 1)) % size);
}

// Alt and a digit: that room of the list, the server's own words being 1.
void ChatScreen::go_to(char digit) {
  if (digit < '1' || digit > '9') return;
  const auto index = static_cast<std::size_t>(digit - '1');
  if (index < model_.rooms().size()) model_.select(index);
}

void ChatScreen::page_up(ChatSession& session) {
  ChatRoom& room = model_.current();
  const std::size_t size = room.scrollback.lines().size();
  const std::size_t step = std::max<std::size_t>(shown_lines_, 2) - 1;
  const bool at_the_top = room.below + shown_lines_ >= size;
  if (!at_the_top) room.below = std::min(room.below + step, size - 1);
  const bool near_the_top = room.below + 2 * shown_lines_ >= size;
  if (near_the_top && !room.past_ends && !room.scrollback.full() && !room.name.empty()) {
    ask_history(k_history_page, session);
  }
}

void ChatScreen::page_down() {
  ChatRoom& room = model_.current();
  // At the top there may be few lines on the screen, and a page is more than those.
  const bool at_the_top = room.below + shown_lines_ >= room.scrollback.lines().size();
  const std::size_t page = at_the_top ? terminal_.size().rows : shown_lines_;
  room.below -= std::min(room.below, std::max<std::size_t>(page, 2) - 1);
}

// --- what is typed -------------------------------------------------------------------------------

void ChatScreen::obey(ChatSession& session) {
  const std::string line = input_.take();
  const auto wish = read_wish(line, model_.current().name);
  if (wish) return obey_wish(*wish, session);
  const Failure& failure = wish.error();
  std::string text = failure.what;
  for (const std::string& more : {failure.why, failure.remedy}) {
    if (!more.empty()) text.append(": ").append(more);
  }
  tell(ChatLine::Kind::refusal, std::move(text));
}

void ChatScreen::obey_wish(const ChatWish& wish, ChatSession& session) {
  using Kind = ChatWish::Kind;
  model_.current().below = wish.kind == Kind::search ? model_.current().below : 0;
  switch (wish.kind) {
    case Kind::nothing: return;
    case Kind::help: return say_help();
    case Kind::quit: return leave(session, wish.text);
    case Kind::search: return search(wish, session);
    case Kind::history: return ask_history(wish.count, session);
    case Kind::message: model_.open(wish.target); break;
    case Kind::join:
      if (model_.find(wish.room) != nullptr) model_.open(wish.room);
      break;
    case Kind::part:
      if (!is_room_name(wish.room)) return model_.close_current();
      break;
    default: break;
  }
  if (!session.online()) return tell(ChatLine::Kind::refusal, "not connected: nothing was sent");
  session.wish(wish);
}

void ChatScreen::say_help() {
  for (const ChatCommand& command : chat_commands()) {
    tell(ChatLine::Kind::word,
         in_columns(fmt::format("/{} {}", command.name, command.arguments), k_name_width) +
             std::string(command.about));
  }
  tell(ChatLine::Kind::word,
       "Tab completes; PgUp and PgDn move; Ctrl-N, Ctrl-P and Alt-1 to Alt-9 change the room; "
       "Ctrl-C leaves");
}

void ChatScreen::search(const ChatWish& wish, ChatSession& session) {
  ChatRoom& room = model_.current();
  const bool again = wish.text == searched_ && room.below == found_behind_;
  const std::size_t found = room.scrollback.find(wish.text, again ? found_behind_ + 1 : 0);
  if (found != Scrollback::k_none) {
    searched_ = wish.text;
    found_behind_ = room.below = found;
    return;
  }
  searched_.clear();
  if (session.online()) return session.wish(wish);
  tell(ChatLine::Kind::word, "nothing here has these words");
}

void ChatScreen::ask_history(std::size_t count, ChatSession& session) {
  if (!session.online()) return;
  const ChatRoom& room = model_.current();
  ChatWish wish{.kind = ChatWish::Kind::history, .room = room.name, .count = count};
  for (const ChatLine& line : room.scrollback.lines()) {
    const bool said = line.kind == ChatLine::Kind::message || line.kind == ChatLine::Kind::action ||
                      line.kind == ChatLine::Kind::notice;
    if (!said) continue;
    wish.before_id = line.id;
    wish.before_time = in_milliseconds(line.at);
    break;
  }
  session.wish(wish);
}

}  // namespace patchbay::chat_client
