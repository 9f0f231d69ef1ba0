#include "patchbay/tools/chat/lines/lines_session.hpp"

#include <fmt/format.h>

#include <chrono>
#include <utility>

#include "patchbay/net/loop.hpp"
#include "patchbay/tools/chat/lines/lines_words.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"
#include "patchbay/tools/chat/text/chat_text.hpp"

namespace patchbay {

namespace {

constexpr std::string_view k_password_prompt = "Enter the server's password: ";

bool counts_flood(const ChatLimits& limits, const Endpoint& peer) {
  return limits.flood && (limits.flood_loopback || !peer.address().is_loopback());
}

}  // namespace

LinesSession::LinesSession(LinesServer& server, Stream& stream, const Endpoint& from, Scope& scope,
                           ChatDoorkeeper::Ticket ticket)
    : ChatUser(server.hub, {.face = &server.face}, &stream),
      server_(server),
      scope_(scope),
      ticket_(std::move(ticket)),
      flood_(counts_flood(server.hub.settings().limits, from)),
      named_by_(Loop::current().now() + server.hub.settings().limits.registration) {
  peer = from;
  is_secure = from.address().is_loopback();
  source.user = "lines";
  source.host = server.doorkeeper.host_of(from.address(), server.hub.settings().shows_addresses);
}

// --- coming in -----------------------------------------------------------------------------------

void LinesSession::begin() {
  const ChatSettings& settings = hub().settings();
  if (settings.accounts.required) {
    return end("This chat is for those who have an account: they come in by IRC or by its page");
  }
  stage_ = settings.password_hash.empty() ? Stage::name : Stage::password;
  send(stage_ == Stage::name ? k_chat_prompt : k_password_prompt);
}

Task<> LinesSession::take_password(std::string_view line) {
  const ChatSettings& settings = hub().settings();
  const auto verdict =
      co_await server_.passwords.check(settings.password_hash, std::string(line), peer.address(),
                                       settings.accounts.tries_per_minute);
  switch (verdict) {
    case ChatPasswordVerdict::right:
      stage_ = Stage::name;
      send(k_chat_prompt);
      break;
    case ChatPasswordVerdict::wrong:
      notice("That is not the password");
      send(k_password_prompt);
      break;
    case ChatPasswordVerdict::too_often: end("Too many wrong passwords from your address"); break;
  }
}

// Whatever can be made a name of is one: nobody who comes by nc should have to know the rules.
void LinesSession::take_name(std::string_view typed) {
  const ChatInput input = parse_chat_input(typed);
  if (input.verb == ChatVerb::quit) return end();
  if (input.verb == ChatVerb::nothing) return enter(fmt::format("User_{}", peer.port()));
  const std::string name = make_user_name(typed, limits().name_length);
  const char* const why = name.empty() ? "no letter of it can be in a name"
                                       : why_no_user_name(name, limits().name_length);
  if (why != nullptr) {
    notice(fmt::format("Nobody can be called that: {}", why));
    return send(k_chat_prompt);
  }
  enter(name);
}

void LinesSession::enter(std::string_view name) {
  const auto entered = hub().enter(*this, hub().free_name(*this, name));
  if (!entered) {
    refuse(entered.error());
    return send(k_chat_prompt);
  }
  ticket_.come_in();
  stage_ = Stage::chatting;
  real_name = source.name;
  since = std::chrono::time_point_cast<std::chrono::microseconds>(Loop::current().wall_clock());
  if (!enter_lobby()) return;
  notice("Welcome to the chat!");
  if (!here()->topic.text.empty()) topic({});
  show_last(*here());
}

bool LinesSession::enter_lobby() {
  room_ = hub().settings().lobby;
  const auto joined = hub().join(*this, room_);
  if (!joined) end(words_for(joined.error()));
  return joined.has_value();
}

// --- lines ---------------------------------------------------------------------------------------

Task<> LinesSession::take(std::string_view line) {
  const std::string typed = take_back(line);
  // An empty line costs nothing; what has to be looked up costs more.
  if (typed.find_first_not_of(" \t\r") != typed.npos) spend(ChatCost::command);
  switch (stage_) {
    case Stage::password: co_await take_password(typed); break;
    case Stage::name: take_name(typed); break;
    case Stage::chatting: co_await take_input(parse_chat_input(typed)); break;
  }
  if (flood_.is_hopeless(limits(), Loop::current().now())) {
    parting_ = "Excess flood";
    end("You type faster than anybody reads");
  }
}

Task<> LinesSession::take_input(const ChatInput& input) {
  switch (input.verb) {
    case ChatVerb::nothing: break;
    case ChatVerb::say: say(input.text, ChatTone::message); break;
    case ChatVerb::act: say(input.text, ChatTone::action); break;
    case ChatVerb::tell: tell(input); break;
    case ChatVerb::users: list_users(input); break;
    case ChatVerb::join: join(input); break;
    case ChatVerb::part: part(input); break;
    case ChatVerb::rooms: list_rooms(); break;
    case ChatVerb::nick: rename(input.text); break;
    case ChatVerb::topic: topic(input.text); break;
    case ChatVerb::history: co_await show_history(input.text); break;
    case ChatVerb::help: help(); break;
    case ChatVerb::quit:
      parting_ = clean_chat_text(input.text, limits().reason_length);
      end();
      break;
    case ChatVerb::unknown:
      notice(
          fmt::format("There is no /{}: /help says what there is", plain_chat_text(input.target)));
      break;
  }
}

void LinesSession::refuse_long_line() {
  spend(ChatCost::command);
  notice("That line is too long: nothing of it was said");
}

void LinesSession::spend(ChatCost cost) { flood_.spend(cost, limits(), Loop::current().now()); }

Instant LinesSession::next() const { return flood_.next(Loop::current().now()); }

Deadline LinesSession::patience() const {
  return stage_ == Stage::chatting ? Deadline::never() : Deadline(named_by_);
}

// --- what it is told -----------------------------------------------------------------------------

void LinesSession::notice(std::string_view text) {
  std::string line;
  append_lines_notice(line, text);
  send(line);
}

void LinesSession::refuse(ChatRefusal why) { notice(words_for(why)); }

void LinesSession::help() {
  for (const std::string_view line : k_lines_help) notice(line);
}

void LinesSession::echo(const ChatEvent& event) {
  if (event.kind != ChatEvent::Kind::said) hear(event);
}

// --- going ---------------------------------------------------------------------------------------

void LinesSession::end(std::string_view told) {
  if (std::exchange(over_, true)) return;
  if (!told.empty()) append_lines_notice(last_words_, told);
}

// By somebody else, in a turn of his: so the conversation has to be woken.
void LinesSession::cut(std::string_view reason) {
  if (over_) return;
  parting_ = reason;
  end(plain_chat_text(reason));
  scope_.cancel();
}

void LinesSession::leave(std::string_view why) {
  over_ = true;
  hub().leave(*this, parting_.empty() ? why : std::string_view(parting_));
}

}  // namespace patchbay
