#include "patchbay/tools/chat/irc/irc_targets.hpp"

#include "patchbay/net/event.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

// What a walk over so many costs a client: as much as a question.
constexpr std::size_t k_walk = 10'000;

}  // namespace

void spend_irc(IrcSession& session, ChatCost cost) {
  session.flood.spend(cost, session.hub().settings().limits, Loop::current().now());
}

Task<bool> irc_may_do_more(IrcSession& session, ChatCost cost) {
  spend_irc(session, cost);
  const Instant now = Loop::current().now();
  const Instant next = session.flood.next(now);
  if (next > now) {
    const auto slept = co_await sleep_until(Deadline(next));
    if (!slept) co_return false;
  }
  co_return !session.is_over();
}

void spend_irc_walk(IrcSession& session, std::size_t steps) {
  for (; steps >= k_walk; steps -= k_walk) spend_irc(session, ChatCost::history);
}

void tell_irc_away(IrcSession& session, const ChatUser& user) {
  if (!user.away.empty()) session.reply(301, {user.source.name, user.away});
}

WallTime irc_now() {
  return std::chrono::floor<std::chrono::microseconds>(Loop::current().wall_clock());
}

}  // namespace patchbay
