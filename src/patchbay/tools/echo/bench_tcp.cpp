#include "patchbay/tools/echo/bench_tcp.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/tools/bench_schedule.hpp"
#include "patchbay/tools/bench_tally.hpp"

namespace patchbay {

namespace {

// So many connections are being made at a time: more would overflow the queue of most listeners,
// and what a full queue drops is tried again by the kernel only a second later.
constexpr std::uint32_t k_connecting = 128;

// While so little is on its way, every buffer of the kernel takes all of it: the peer can always
// write its answers, so it always comes back to reading, and one task may write and then read.
// Beyond, each side could wait for the other to read, so a connection needs a task for each
// direction.
constexpr std::size_t k_lockstep_bytes = 32 * 1024;

constexpr std::size_t k_largest_receive = BufferPool::k_large_bytes;

// Any stretch of the endless repetition of one request is a piece of this memory.
class RequestStream {
 public:
  explicit RequestStream(std::size_t size) : size_(size), bytes_(size + k_largest_receive) {
    std::uint32_t state = 2463534242;
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
      if (i >= size) {
        bytes_[i] = bytes_[i - size];
        continue;
      }
      state ^= state << 13;  // xorshift: no two stretches are alike, so a shifted answer shows
      state ^= state >> 17;
      state ^= state << 5;
      bytes_[i] = static_cast<std::byte>(state);
    }
  }

  std::size_t size() const { return size_; }
  // As many whole requests as one piece holds, at least one.
  std::uint64_t most_at_once() const { return bytes_.size() / size_; }
  std::span<const std::byte> requests(std::uint64_t count) const {
    return std::span(bytes_).first(count * size_);
  }
  bool matches(std::span<const std::byte> piece, std::uint64_t position) const {
    return std::memcmp(piece.data(), bytes_.data() + position % size_, piece.size()) == 0;
  }

 private:
  std::size_t size_;
  std::vector<std::byte> bytes_;
};

// One connection under load. Requests are numbered; answers come in their order.
struct Conversation {
  TcpStream stream;
  std::vector<Instant> due = {};  // closed loop: of the requests on their way, number modulo depth
  BenchSchedule schedule = {};    // open loop
  std::uint64_t allowed = 0;      // closed loop: requests that may have been written by now
  std::uint64_t sent = 0;         // requests written, or being written
  std::uint64_t answered = 0;
  std::uint64_t received_bytes = 0;
  Instant last_moved{};  // when the peer last said something, or first had something to say
  Event may_send{};
  bool sender_ended = false;
  bool failed = false;

  std::uint64_t outstanding() const { return sent - answered; }
};

class TcpBench {
 public:
  TcpBench(BenchOptions options, BenchReport& report)
      : options_(std::move(options)),
        report_(report),
        tally_(options_, report),
        requests_(options_.size_bytes) {}

  Task<Result<>> run() {
    auto first = co_await TcpStream::connect(options_.to, {}, Deadline::after(options_.timeout));
    if (!first) {
      tally_.connect_failed(first.error());
      co_return first.error();
    }
    const auto peer = first->peer();
    if (!peer) co_return peer.error();
    peer_ = *peer;
    keep(std::move(*first));
    co_await connect_others();
    tally_.start();
    co_await load();
    co_return ok();
  }

 private:
  void keep(TcpStream stream) {
    ++report_.connected;
    streams_.push_back(std::move(stream));
  }

  Task<> connect_others() {
    left_to_connect_ = options_.connections - 1;
    TaskGroup group(co_await current_scope());
    const std::uint32_t tasks = std::min(left_to_connect_, k_connecting);
    for (std::uint32_t i = 0; i < tasks; ++i) group.spawn(&TcpBench::connect_some, this);
    co_await group.join();
  }

  Task<> connect_some() {
    while (left_to_connect_ > 0) {
      --left_to_connect_;
      auto stream = co_await TcpStream::connect(peer_, {}, Deadline::after(options_.timeout));
      if (stream) {
        keep(std::move(*stream));
        continue;
      }
      tally_.connect_failed(stream.error());
      if (stream.error().fault() == Fault::cancelled) co_return;
    }
  }

  Task<> load() {
    TaskGroup group(co_await current_scope());
    const bool lockstep =
        !options_.rate && options_.depth * options_.size_bytes <= k_lockstep_bytes;
    for (std::size_t i = 0; i < streams_.size(); ++i) {
      if (lockstep) {
        group.spawn(&TcpBench::talk_in_lockstep, this, std::move(streams_[i]));
      } else if (options_.rate) {
        group.spawn(&TcpBench::talk_on_time, this, std::move(streams_[i]), i);
      } else {
        group.spawn(&TcpBench::talk_both_ways, this, std::move(streams_[i]));
      }
    }
    co_await group.join();
    tally_.stop(group.cancelled());
  }

  // --- closed loop -------------------------------------------------------------------------------

  // Makes `count` more requests due at `when`.
  void allow(Conversation& talk, std::uint64_t count, Instant when) {
    for (std::uint64_t i = 0; i < count; ++i) {
      talk.due[(talk.allowed + i) % options_.depth] = when;
    }
    talk.allowed += count;
    tally_.asked(when, count);
  }

  void begin_closed(Conversation& talk) {
    talk.due.resize(options_.depth);
    talk.last_moved = bench_now();
    allow(talk, options_.depth, talk.last_moved);
  }

  Task<> talk_in_lockstep(TcpStream stream) {
    Conversation talk{.stream = std::move(stream)};
    begin_closed(talk);
    for (;;) {
      if (const std::uint64_t due = talk.allowed - talk.sent; due > 0) {
        talk.sent += due;
        const auto written =
            co_await talk.stream.write_all(requests_.requests(due), silent_at(talk));
        if (!written) {
          tally_.talk_failed(talk.failed, written.error());
          co_return;
        }
      }
      if (talk.outstanding() == 0) co_return;
      const auto piece = co_await talk.stream.receive(silent_at(talk));
      if (!piece) {
        tally_.talk_failed(talk.failed, piece.error());
        co_return;
      }
      const auto answers = take(talk, *piece);
      if (!answers) co_return;
      if (talk.last_moved < tally_.end()) allow(talk, *answers, talk.last_moved);
    }
  }

  Task<> talk_both_ways(TcpStream stream) {
    Conversation talk{.stream = std::move(stream)};
    begin_closed(talk);
    talk.may_send.set();
    [[maybe_unused]] const auto over = co_await both(send_on_answers(talk), read_answers(talk));
  }

  Task<Result<>> send_on_answers(Conversation& talk) {
    for (;;) {
      const auto may = co_await talk.may_send.wait();
      if (!may) co_return may;
      talk.may_send.reset();
      while (talk.sent < talk.allowed) {
        const auto sent = co_await send(talk, talk.allowed - talk.sent);
        if (!sent) co_return sent;
      }
    }
  }

  // --- open loop ---------------------------------------------------------------------------------

  Task<> talk_on_time(TcpStream stream, std::size_t index) {
    const Instant start = tally_.started();
    Conversation talk{.stream = std::move(stream),
                      .schedule = BenchSchedule(start, *options_.rate, index, streams_.size()),
                      .last_moved = start};
    [[maybe_unused]] const auto over = co_await both(send_on_time(talk), read_answers(talk));
  }

  Task<Result<>> send_on_time(Conversation& talk) {
    for (;;) {
      const Instant now = bench_now();
      std::uint64_t due = 0;
      Instant next = talk.schedule.due(talk.sent);
      while (next <= now && next < tally_.end() && due < requests_.most_at_once()) {
        tally_.asked(next);
        next = talk.schedule.due(talk.sent + ++due);
      }
      if (due > 0) {
        if (talk.outstanding() == 0) talk.last_moved = now;
        const auto sent = co_await send(talk, due);
        if (!sent) co_return sent;
      } else if (next >= tally_.end()) {
        break;
      } else if (const auto slept = co_await sleep_until(Deadline(next)); !slept) {
        co_return slept;
      }
    }
    // The time goes on without anything due: a rate is by all of it.
    if (const auto slept = co_await sleep_until(Deadline(tally_.end())); !slept) co_return slept;
    talk.sender_ended = true;
    if (talk.outstanding() == 0) co_return bench_finished();
    co_return ok();
  }

  // --- both --------------------------------------------------------------------------------------

  Task<Result<>> send(Conversation& talk, std::uint64_t due) {
    due = std::min(due, requests_.most_at_once());
    talk.sent += due;  // before they are all out: the first may be answered meanwhile
    const auto written = co_await talk.stream.write_all(requests_.requests(due), silent_at(talk));
    if (!written) tally_.talk_failed(talk.failed, written.error());
    co_return written;
  }

  Task<Result<>> read_answers(Conversation& talk) {
    for (;;) {
      const auto piece = co_await talk.stream.receive(silent_at(talk));
      if (!piece && piece.error().fault() == Fault::timed_out && may_be_silent(talk)) continue;
      if (!piece) {
        tally_.talk_failed(talk.failed, piece.error());
        co_return piece.error();
      }
      const auto answers = take(talk, *piece);
      if (!answers) co_return bench_finished();
      if (!options_.rate) {
        if (talk.last_moved < tally_.end()) allow(talk, *answers, talk.last_moved);
        if (talk.answered == talk.allowed) co_return bench_finished();
        talk.may_send.set();
      } else if (talk.sender_ended && talk.outstanding() == 0) {
        co_return bench_finished();
      }
    }
  }

  // A peer that was asked nothing has nothing to say.
  bool may_be_silent(Conversation& talk) {
    const Instant now = bench_now();
    if (now >= tally_.end() + options_.timeout) return false;
    if (talk.outstanding() == 0) talk.last_moved = now;
    return now < talk.last_moved + options_.timeout;
  }

  Deadline silent_at(const Conversation& talk) const {
    return Deadline(std::min(talk.last_moved, tally_.end()) + options_.timeout);
  }

  Instant due_of(const Conversation& talk, std::uint64_t number) const {
    return options_.rate ? talk.schedule.due(number) : talk.due[number % options_.depth];
  }

  // How many answers the piece completes. Nothing: the conversation has failed, and that is
  // counted.
  std::optional<std::uint64_t> take(Conversation& talk, const Lease& piece) {
    const Instant now = bench_now();
    const std::uint64_t received = talk.received_bytes + piece.size();
    if (piece.empty()) {
      const bool between = received % requests_.size() == 0;
      tally_.talk_failed(talk.failed, between ? BenchFault::ended : BenchFault::short_answer);
      return std::nullopt;
    }
    if (received > talk.sent * requests_.size() ||
        !requests_.matches(piece.bytes(), talk.received_bytes)) {
      tally_.talk_failed(talk.failed, BenchFault::mismatched);
      return std::nullopt;
    }
    const std::uint64_t before = talk.answered;
    talk.received_bytes = received;
    talk.answered = received / requests_.size();
    talk.last_moved = now;
    for (std::uint64_t i = before; i < talk.answered; ++i) tally_.answered(due_of(talk, i), now);
    return talk.answered - before;
  }

  const BenchOptions options_;
  BenchReport& report_;
  BenchTally tally_;
  const RequestStream requests_;
  Endpoint peer_;
  std::vector<TcpStream> streams_;
  std::uint32_t left_to_connect_ = 0;
};

}  // namespace

Task<Result<>> bench_tcp(BenchOptions options, BenchReport& report) {
  TcpBench bench(std::move(options), report);
  co_return co_await bench.run();
}

}  // namespace patchbay
