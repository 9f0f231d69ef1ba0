#include "patchbay/tools/chat/chat_serve.hpp"

#include <fmt/format.h>

#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <utility>

#include "patchbay/net/signals.hpp"
#include "patchbay/tools/chat/accounts/stored_chat_accounts.hpp"
#include "patchbay/tools/chat/chat_doors.hpp"
#include "patchbay/tools/chat/history/stored_chat_history.hpp"
#include "patchbay/tools/self_certificate.hpp"
#include "patchbay/tools/serve_loops.hpp"
#include "patchbay/tools/serve_stop.hpp"

namespace patchbay {

namespace {

// A whole server on one loop.
struct ChatRun {
  ChatPlan plan;
  ReadChatPlan read_again;
  Output& out;
  std::optional<SelfCertificate> own_certificate = {};
  std::optional<ChatTls> tls = {};
  std::unique_ptr<StoredChatHistory> history = {};  // where there is a database, as the next
  std::unique_ptr<StoredChatAccounts> accounts = {};
  std::unique_ptr<ChatHub> hub = {};
};

std::expected<void, int> prepare_tls(ChatRun& run) {
  ChatPlan& plan = run.plan;
  if (plan.tls_self) {
    std::vector<std::string> addresses;
    for (const ChatAddress& address : plan.addresses) {
      addresses.push_back(address.endpoint.address().to_string());
    }
    auto made = SelfCertificate::make(names_of_this_host(addresses));
    if (!made) return std::unexpected(run.out.fail(made.error()));
    run.own_certificate.emplace(std::move(*made));
    plan.tls_cert = run.own_certificate->certificate_path();
    plan.tls_key = run.own_certificate->key_path();
    tell_own_certificate(*run.own_certificate, run.out);
  }
  if (plan.tls_cert.empty()) return {};
  auto tls = ChatTls::read(plan);
  if (!tls) return std::unexpected(run.out.fail(tls.error()));
  run.tls.emplace(std::move(*tls));
  return {};
}

ChatKeeping keeping_of(const ChatSettings& settings) {
  return {.age = settings.history.keep, .lines = settings.history.keep_lines};
}

ChatLoginLimits login_limits_of(const ChatSettings& settings) {
  return {.tries_per_address = static_cast<unsigned>(settings.accounts.tries_per_minute)};
}

Result<> open_database(ChatRun& run) {
  const ChatSettings& settings = *run.plan.settings;
  auto history =
      StoredChatHistory::open(run.plan.db, keeping_of(settings),
                              [&out = run.out](const std::string& text) { out.warn(text); });
  if (!history) return history.error();
  auto accounts = StoredChatAccounts::open(run.plan.db, login_limits_of(settings));
  if (!accounts) return accounts.error();
  run.history = std::move(*history);
  run.accounts = std::move(*accounts);
  return ok();
}

// The rooms that were there before, with their numbers, topics and last lines.
Result<> recall_rooms(ChatRun& run) {
  auto rooms = run.history->rooms(run.plan.settings->history.in_memory);
  if (!rooms) return rooms.error();
  for (ChatRoomBefore& before : *rooms) run.hub->remember(before.room, std::move(before.past));
  return ok();
}

// What is new comes into force as a whole, or not at all. Empty: it has.
std::string reload(ChatRun& run) {
  auto next = run.read_again();
  std::optional<Failure> failure;
  if (!next) {
    failure = next.error().front();
  } else {
    failure = why_chat_restart(run.plan, *next);
  }
  if (!failure && run.tls) {
    if (const auto read = run.tls->reload(); !read) failure.emplace(read.error());
  }
  if (failure) {
    std::string what = failure->what;
    failure->what = "nothing is changed: " + what;
    run.out.fail(*failure);
    return what;
  }
  run.plan.settings = next->settings;
  run.hub->exchange_settings(next->settings);
  if (run.history) {
    run.history->set_keeping(keeping_of(*next->settings));
    run.accounts->set_limits(login_limits_of(*next->settings));
  }
  run.out.emit(Record("reload"));
  if (!run.out.json()) run.out.note("[*] Settings and certificate were read again");
  return {};
}

Task<Result<>> reload_on_hangup(ChatRun& run) {
  auto signals = Signals::watch(std::array{SIGHUP});
  if (!signals) co_return signals.error();
  for (;;) {
    const auto signal = co_await signals->next();
    if (!signal) co_return signal.error();
    reload(run);
  }
}

// What goes on behind the doors.
Task<Result<>> keep_house(ChatRun& run) {
  if (!run.history) co_return co_await run.hub->run();
  co_return co_await both(run.hub->run(), both(run.history->run(), run.accounts->run()));
}

Task<Result<>> serve_and_reload(ChatRun& run, ChatDoors& doors) {
  co_return co_await both(doors.serve(), reload_on_hangup(run));
}

Task<int> serve(ChatRun& run) {
  if (const auto ready = prepare_tls(run); !ready) co_return ready.error();
  if (!run.plan.db.empty()) {
    if (const auto opened = open_database(run); !opened) co_return run.out.fail(opened.error());
  }
  run.hub = std::make_unique<ChatHub>(run.plan.settings, run.history.get(), run.accounts.get());
  if (run.history) {
    if (const auto recalled = recall_rooms(run); !recalled) {
      co_return run.out.fail(recalled.error());
    }
  }

  ChatDoorkeeper doorkeeper;
  ChatPasswordDesk passwords;
  IrcServer irc{.hub = *run.hub,
                .doorkeeper = doorkeeper,
                .passwords = passwords,
                .accounts = run.accounts.get(),
                .started = run.out.wall_time(),
                .version = "patchbay-" + run.out.version(),
                .rehash = [&run] { return reload(run); }};
  LinesServer lines{.hub = *run.hub, .doorkeeper = doorkeeper, .passwords = passwords};
  ChatDoors doors(irc, lines, run.tls ? &*run.tls : nullptr);
  if (const auto opened = doors.open(run.plan, run.out); !opened) co_return opened.error();
  const auto served = co_await both(keep_house(run), serve_and_reload(run, doors));
  run.out.totals()
      .count("messages", run.hub->counters().messages)
      .count("most_users", run.hub->counters().most_users)
      .bytes("sent_bytes", run.hub->flush_counters().bytes)
      .count("cut_clients", run.hub->flush_counters().cut);
  if (!served && served.error().fault() != Fault::cancelled) {
    co_return run.out.fail(served.error());
  }
  co_return exit_ok;
}

}  // namespace

int run_chat_server(ChatPlan plan, ReadChatPlan read_again, Output& out) {
  ChatRun run{.plan = std::move(plan), .read_again = std::move(read_again), .out = out};
  const auto ran = run_server_loops(
      {.threads = 1, .takes_hangup = true}, [&](unsigned) { return serve(run); }, out);
  if (!ran) return out.fail(ran.error());
  return print_stop(out, *ran, 0);
}

}  // namespace patchbay
