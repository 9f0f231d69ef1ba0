#include "patchbay/tools/chat_bench/chat_bench.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/bench_schedule.hpp"
#include "patchbay/tools/bench_tally.hpp"
#include "patchbay/tools/chat_bench/chat_bench_client.hpp"
#include "patchbay/tools/chat_bench/chat_bench_dial.hpp"
#include "patchbay/tools/chat_bench/chat_bench_ledger.hpp"
#include "patchbay/tools/chat_bench/chat_bench_roster.hpp"

namespace patchbay {

namespace {

// So many are connecting at a time: more would overflow the queue of most listeners.
constexpr std::uint32_t k_at_a_time = 128;

// How often it is looked whether the server still says anything.
constexpr Duration k_look_each = 100ms;

constexpr std::size_t k_most_words = 512;  // that are kept of what the server says

class ChatBench {
 public:
  ChatBench(const ChatBenchOptions& options, BenchReport& report, ChatBenchCounts& counts)
      : options_(options),
        plan_(options.plan),
        report_(report),
        counts_(counts),
        tally_(options.load, report),
        dial_(options),
        ledger_(plan_),
        roster_(std::in_place, plan_),
        undecided_(plan_.clients) {
    for (std::uint32_t i = 0; i < plan_.clients; ++i) clients_.emplace_back(i);
  }

  Task<Result<>> run() {
    begin_ = bench_now();
    if (const auto prepared = dial_.prepare(); !prepared) co_return prepared;
    look(ChatBenchMoment::begun);
    auto first = co_await dial_.open(0, Deadline::after(options_.load.timeout));
    if (!first) {
      tally_.connect_failed(first.error());
      co_return first.error();
    }
    TaskGroup readers(co_await current_scope());
    readers_ = &readers;
    co_await go_through_phases(std::move(*first));
    sum_up(readers.cancelled());
    readers.cancel();
    co_await readers.join();
    co_return ok();
  }

 private:
  Task<> go_through_phases(Stream first) {
    co_await enter_all(std::move(first));
    co_await join_all();
    counts_.phase = ChatBenchPhase::idling;
    if (options_.idle > Duration{} && !co_await sleep_for(options_.idle)) co_return;
    look(ChatBenchMoment::idled);
    if (plan_.voices() > 0) co_await talk();
  }

  void look(ChatBenchMoment moment) {
    if (!options_.server_pid) return;
    counts_.server[static_cast<std::size_t>(moment)] = look_at_server(*options_.server_pid);
  }

  void sum_up(bool cancelled) {
    counts_.doubled = ledger_.doubled();
    counts_.reordered = ledger_.reordered();
    counts_.strange = ledger_.strange_lines();
    if (!cancelled) counts_.lost = ledger_.outstanding();  // what a cancel left on its way is not
  }

  // --- they come in ------------------------------------------------------------------------------

  Task<> enter_all(Stream first) {
    take_connection(clients_[0], std::move(first));
    next_to_enter_ = 0;
    TaskGroup group(co_await current_scope());
    const std::uint32_t tasks = std::min(plan_.clients, k_at_a_time);
    for (std::uint32_t i = 0; i < tasks; ++i) group.spawn(&ChatBench::enter_some, this);
    co_await group.join();
    const bool all = co_await until(&ChatBench::all_decided);
    counts_.entering = moved_ - begin_;
    for (ChatBenchClient& client : clients_) {
      if (all || readers_->cancelled()) break;
      if (!client.entered && !client.failed) end(client, BenchFault::timed_out);
    }
    look(ChatBenchMoment::entered);
  }

  Task<> enter_some() {
    while (next_to_enter_ < plan_.clients) {
      ChatBenchClient& client = clients_[next_to_enter_++];
      if (!client.stream) {
        auto stream = co_await dial_.open(client.number, Deadline::after(options_.load.timeout));
        if (!stream) {
          client.failed = true;
          --undecided_;
          tally_.connect_failed(stream.error());
          ledger_.leave(client.number);
          if (stream.error().fault() == Fault::cancelled) co_return;
          continue;
        }
        take_connection(client, std::move(*stream));
      }
      greet(client.out, options_.face, client.number);
      co_await flush(client);
    }
  }

  void take_connection(ChatBenchClient& client, Stream stream) {
    ++report_.connected;
    client.stream.emplace(std::move(stream));
    readers_->spawn(&ChatBench::read, this, std::ref(client));
  }

  void enter(ChatBenchClient& client) {
    if (client.entered || client.failed) return;
    client.entered = true;
    --undecided_;
    ++counts_.entered;
    if (roster_) roster_->expect(client.number);
  }

  // --- they read ---------------------------------------------------------------------------------

  // Waits without a deadline: it is the load as a whole that notices silence.
  Task<> read(ChatBenchClient& client) {
    while (client.reads) {
      const auto piece = co_await client.stream->receive();
      if (!piece) {
        lose(client, piece.error());
        co_return;
      }
      if (piece->empty()) {
        end(client, BenchFault::ended);
        co_return;
      }
      take(client, piece->text());
      if (!client.out.empty()) co_await flush(client);
    }
    const auto cut = co_await client.stream->wait_for_end();
    if (cut || cut.error().fault() != Fault::cancelled) ++counts_.cut_stalled;
  }

  void take(ChatBenchClient& client, std::string_view bytes) {
    if (!client.reads) return;
    const Instant now = bench_now();
    moved_ = now;
    if (tally_.counts(now) && now < tally_.end()) counts_.received_bytes += bytes.size();
    const bool sound = client.lines.take(bytes, [&](std::string_view line) {
      if (client.failed) return;
      ChatBenchStamp stamp;
      if (read_chat_bench_stamp(line, stamp)) [[likely]] {
        if (ledger_.deliver(client.number, stamp.voice, stamp.sequence)) {
          tally_.answered(begin_ + Duration(stamp.due_ns), now);
        }
      } else {
        hear(client, read_news(options_.face, line));
      }
    });
    if (!sound) end(client, BenchFault::malformed);
    look_whether_it_is_so();
  }

  void hear(ChatBenchClient& client, const ChatBenchNews& news) {
    using Kind = ChatBenchNews::Kind;
    switch (news.kind) {
      case Kind::nothing: return;
      case Kind::ping: return answer_ping(client.out, news.text);
      case Kind::entered: return enter(client);
      case Kind::joined:
        if (news.client == client.number) client.source_bytes = news.source_bytes;
        if (!saw(client, news.room, news.client) && news.client != client.number) {
          ++counts_.repeated_joins;
        }
        return;
      case Kind::members:
        return for_each_member(news.text,
                               [&](std::uint32_t other) { saw(client, news.room, other); });
      case Kind::refused:
        if (counts_.refusals++ == 0) counts_.first_refusal = news.text.substr(0, k_most_words);
        if (!client.entered) end(client, BenchFault::other);
        return;
      case Kind::farewell:
        if (counts_.first_farewell.empty()) {
          counts_.first_farewell = news.text.substr(0, k_most_words);
        }
        return;
    }
  }

  bool saw(const ChatBenchClient& client, std::uint32_t room, std::uint32_t other) {
    return roster_ && roster_->saw(client.number, room, other);
  }

  // --- they write --------------------------------------------------------------------------------

  // Writes what waits. A write that is on its way takes it along.
  Task<> flush(ChatBenchClient& client) {
    if (client.writing) co_return;
    client.writing = true;
    while (!client.out.empty() && !client.failed) {
      const std::string next = std::exchange(client.out, {});
      const auto written =
          co_await client.stream->write_all(next, Deadline::after(options_.load.timeout));
      if (!written) lose(client, written.error());
    }
    client.writing = false;
  }

  // --- they are gone -----------------------------------------------------------------------------

  void lose(ChatBenchClient& client, const Error& error) {
    if (client.failed) return;
    tally_.talk_failed(client.failed, error);  // not by a cancel
    if (client.failed) forget(client);
  }
  void end(ChatBenchClient& client, BenchFault fault) {
    if (client.failed) return;
    tally_.talk_failed(client.failed, fault);
    forget(client);
  }
  void forget(ChatBenchClient& client) {
    client.stream->close();
    if (!client.entered) --undecided_;
    ledger_.leave(client.number);
    if (roster_) roster_->leave(client.number);
    look_whether_it_is_so();
  }

  // --- they wait ---------------------------------------------------------------------------------

  // Until it is so; false when the server says nothing for the timeout, when `deadline` has passed,
  // or after a cancel.
  Task<bool> until(bool (ChatBench::*wanted)() const, Deadline deadline = {}) {
    wanted_ = wanted;
    moved_ = bench_now();
    while (!(this->*wanted)()) {
      come_to_pass_.reset();
      const auto woken =
          co_await come_to_pass_.wait(Deadline::after(k_look_each).or_earlier(deadline));
      if (!woken && woken.error().fault() != Fault::timed_out) break;
      const Instant now = bench_now();
      if (now >= deadline.at() || now >= moved_ + options_.load.timeout) break;
    }
    wanted_ = nullptr;
    co_return (this->*wanted)();
  }

  void look_whether_it_is_so() {
    if (wanted_ != nullptr && (this->*wanted_)()) come_to_pass_.set();
  }

  bool all_decided() const { return undecided_ == 0; }
  bool all_seen() const { return roster_->is_complete(); }
  bool all_delivered() const { return ledger_.outstanding() == 0; }
  // Is there room in the window for one more line?
  bool may_say() const {
    const std::uint64_t each = std::max<std::uint32_t>(plan_.members, 2) - 1;
    return ledger_.outstanding() + each <= each * options_.load.depth;
  }

  // --- they join ---------------------------------------------------------------------------------

  Task<> join_all() {
    counts_.phase = ChatBenchPhase::joining;
    if (options_.face == ChatBenchFace::irc) co_await join_over_irc();
    roster_.reset();
    look(ChatBenchMoment::joined);
  }

  Task<> join_over_irc() {
    const Instant begin = bench_now();
    for (ChatBenchClient& client : clients_) {
      if (!client.is_there()) continue;
      join_rooms(client.out, plan_, client.number);
      co_await flush(client);
    }
    if (co_await until(&ChatBench::all_seen)) counts_.joining = moved_ - begin;
    counts_.unseen = roster_->unseen();
  }

  // --- they talk ---------------------------------------------------------------------------------

  Task<> talk() {
    counts_.phase = ChatBenchPhase::talking;
    for (ChatBenchClient& client : clients_) {
      if (!options_.stalls(client.number)) continue;
      client.reads = false;
      ledger_.leave(client.number);
    }
    tally_.start();
    TaskGroup group(co_await current_scope());
    group.spawn(&ChatBench::watch_server, this);
    if (options_.load.rate) {
      for (std::uint32_t voice = 0; voice < plan_.voices(); ++voice) {
        group.spawn(&ChatBench::talk_on_time, this, voice);
      }
    } else {
      group.spawn(&ChatBench::talk_in_window, this);
    }
    co_await group.join();
    counts_.phase = ChatBenchPhase::draining;
    co_await until(&ChatBench::all_delivered);
    // What is missing is told by the ledger, not as requests without an answer.
    tally_.stop(true);
  }

  Task<> watch_server() {
    const Instant begin = tally_.end() - options_.load.time;
    if (!co_await sleep_until(Deadline(begin))) co_return;
    look(ChatBenchMoment::talk_began);
    if (!co_await sleep_until(Deadline(tally_.end()))) co_return;
    look(ChatBenchMoment::talk_ended);
  }

  // Puts the next line of a voice among what waits to be written.
  void say(std::uint32_t voice, Instant due) {
    ChatBenchClient& client = clients_[plan_.talker_of(voice)];
    const auto said = ledger_.say(voice);
    tally_.asked(due, said.owed);
    if (tally_.counts(due)) ++counts_.lines;
    say_line(client.out, options_.face, plan_.room_of(voice), options_.load.size_bytes,
             client.source_bytes,
             {.voice = voice,
              .sequence = said.sequence,
              .due_ns = static_cast<std::uint64_t>((due - begin_).count())});
  }

  // Open loop: each voice by its own schedule.
  Task<> talk_on_time(std::uint32_t voice) {
    ChatBenchClient& client = clients_[plan_.talker_of(voice)];
    const BenchSchedule schedule(tally_.started(), *options_.load.rate, voice, plan_.voices());
    for (std::uint64_t number = 0; schedule.due(number) < tally_.end();) {
      if (!co_await sleep_until(Deadline(schedule.due(number)))) co_return;
      if (!client.is_there()) co_return;
      const Instant now = bench_now();
      for (Instant due; (due = schedule.due(number)) <= now && due < tally_.end(); ++number) {
        say(voice, due);
      }
      co_await flush(client);
    }
  }

  // Closed loop: the voices in turn, as long as the window has room.
  Task<> talk_in_window() {
    std::uint32_t absent = 0;  // in a row
    for (std::uint32_t voice = 0; absent < plan_.voices(); voice = (voice + 1) % plan_.voices()) {
      ChatBenchClient& client = clients_[plan_.talker_of(voice)];
      ++absent;
      if (!client.is_there()) continue;
      if (!co_await until(&ChatBench::may_say, Deadline(tally_.end()))) co_return;
      const Instant now = bench_now();
      if (now >= tally_.end()) co_return;
      if (!client.is_there()) continue;
      absent = 0;
      say(voice, now);
      co_await flush(client);
    }
  }

  const ChatBenchOptions& options_;
  const ChatBenchPlan plan_;
  BenchReport& report_;
  ChatBenchCounts& counts_;
  BenchTally tally_;
  ChatBenchDial dial_;
  ChatBenchLedger ledger_;
  std::optional<ChatBenchRoster> roster_;  // until they have joined
  std::deque<ChatBenchClient> clients_;
  TaskGroup* readers_ = nullptr;
  std::uint32_t next_to_enter_ = 0;
  std::uint32_t undecided_;                      // clients that have neither a name nor failed
  Instant begin_{};                              // what stamps count from
  Instant moved_{};                              // when the server last said something
  bool (ChatBench::*wanted_)() const = nullptr;  // what the main task waits for …
  Event come_to_pass_{};                         // … and that it is so
};

}  // namespace

Task<Result<>> bench_chat(const ChatBenchOptions& options, BenchReport& report,
                          ChatBenchCounts& counts) {
  ChatBench bench(options, report, counts);
  co_return co_await bench.run();
}

}  // namespace patchbay
