#include "patchbay/tools/chat_client/chat_join.hpp"

#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/standard_streams.hpp"
#include "patchbay/tools/chat_client/chat_feed.hpp"
#include "patchbay/tools/chat_client/chat_model.hpp"
#include "patchbay/tools/chat_client/chat_screen.hpp"
#include "patchbay/tools/chat_client/chat_session.hpp"
#include "patchbay/tools/chat_client/chat_view.hpp"
#include "patchbay/tools/connect_failure.hpp"

namespace patchbay::chat_client {

namespace {

constexpr std::size_t k_screen_history = 50;  // lines of each room, on the way in

// The library says what can be done about a certificate; these flags do it.
std::string flags_for(const Error& error) {
  const bool about_trust = std::string_view(error.operation()).starts_with("trust");
  return about_trust ? " (--tls-ca FILE, or --pin SHA256)" : "";
}

int code_of(const ChatPlan& plan, const ChatSession& session, const Result<>& ended, Output& out) {
  if (session.refusal()) return out.fail(session.refusal()->failure, session.refusal()->code);
  if (ended) return exit_ok;
  const Error& error = ended.error();
  if (session.was_welcomed() || error.fault() == Fault::cancelled) {
    return out.fail(error.subject().empty() ? error.about(plan.server()) : error);
  }
  return fail_to_connect(out, plan.to, error, plan.timeout, flags_for(error));
}

Task<int> join_on_screen(const ChatPlan& plan, std::string password, Output& out) {
  auto terminal = ChatTerminal::open();
  if (!terminal) co_return out.fail(terminal.error());
  ChatModel model;
  model.set_own_name(plan.nick);
  ChatScreen screen(model, **terminal, plan.server());
  ChatSession session(plan, std::move(password), model, screen,
                      plan.history.value_or(k_screen_history));
  const Result<> ended = co_await either(session.run(), screen.run(session));
  terminal->reset();  // what follows is for the terminal as it was
  co_return code_of(plan, session, ended, out);
}

}  // namespace

Task<int> join_chat(const ChatPlan& plan, std::string password, ChatFront front, Output& out) {
  if (front == ChatFront::screen) {
    co_return co_await join_on_screen(plan, std::move(password), out);
  }
  auto input = open_standard_input();
  if (!input) co_return out.fail(input.error());
  ChatModel model;
  model.set_own_name(plan.nick);
  const auto view = out.json() ? make_json_view(out) : make_plain_view(out, plan.rooms.size() > 1);
  ChatSession session(plan, std::move(password), model, *view, plan.history.value_or(0));
  ChatFeed feed(session, model, out,
                {.room = plan.rooms.empty() ? std::string() : plan.rooms.front(),
                 .commands = front == ChatFront::typed,
                 .patience = plan.timeout});
  const Result<> ended = co_await either(session.run(), feed.run(*input));
  co_return code_of(plan, session, ended, out);
}

}  // namespace patchbay::chat_client
