#include "patchbay/tools/echo/bench_udp.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/net/udp.hpp"
#include "patchbay/tools/bench_schedule.hpp"
#include "patchbay/tools/bench_tally.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_batch = 32;
constexpr std::uint64_t k_most_slots = 1 << 20;

// A datagram on its way. The slot of number n is n modulo the number of slots.
struct Slot {
  std::uint64_t number = 0;
  Instant due{};
  bool waiting = false;
};

struct Conversation {
  Conversation(UdpSocket connected, const BenchOptions& options, std::uint64_t slot_count)
      : socket(std::move(connected)),
        in({.datagrams = batch_of(slot_count), .datagram_bytes = options.size_bytes}),
        out({.datagrams = batch_of(slot_count), .datagram_bytes = options.size_bytes}),
        slots(slot_count) {}

  static std::size_t batch_of(std::uint64_t slot_count) {
    return static_cast<std::size_t>(std::min<std::uint64_t>(slot_count, k_batch));
  }

  UdpSocket socket;
  DatagramBatch in;
  DatagramBatch out;
  std::vector<Slot> slots;
  std::vector<Slot*> free = {};  // closed loop: to be sent again
  BenchSchedule schedule = {};   // open loop
  std::uint64_t next = 0;        // likewise: the number of the next datagram
  std::uint64_t waiting = 0;
  bool sender_ended = false;
  bool failed = false;
};

class UdpBench {
 public:
  UdpBench(BenchOptions options, BenchReport& report)
      : options_(std::move(options)),
        report_(report),
        tally_(options_, report),
        request_(options_.size_bytes) {
    for (std::size_t i = 0; i < request_.size(); ++i) {
      request_[i] = static_cast<std::byte>(i * 167 + (i >> 8));
    }
  }

  Task<Result<>> run() {
    auto first =
        co_await UdpSocket::connected_to(options_.to, {}, Deadline::after(options_.timeout));
    if (!first) {
      tally_.connect_failed(first.error());
      co_return first.error();
    }
    const auto peer = first->peer();
    if (!peer) co_return peer.error();
    sockets_.push_back(std::move(*first));
    while (sockets_.size() < options_.connections) {
      auto socket = UdpSocket::connected_to(*peer);
      if (socket) {
        sockets_.push_back(std::move(*socket));
        continue;
      }
      tally_.connect_failed(socket.error());
      break;  // what was missing for this one is missing for all
    }
    report_.connected = static_cast<std::uint32_t>(sockets_.size());
    tally_.start();
    co_await load();
    co_return ok();
  }

 private:
  Task<> load() {
    TaskGroup group(co_await current_scope());
    for (std::size_t i = 0; i < sockets_.size(); ++i) {
      if (options_.rate) {
        group.spawn(&UdpBench::talk_on_time, this, std::move(sockets_[i]), i);
      } else {
        group.spawn(&UdpBench::talk_on_answers, this, std::move(sockets_[i]));
      }
    }
    co_await group.join();
    tally_.stop(group.cancelled());
  }

  // --- closed loop -------------------------------------------------------------------------------

  Task<> talk_on_answers(UdpSocket socket) {
    Conversation talk(std::move(socket), options_, options_.depth);
    for (std::uint64_t i = 0; i < options_.depth; ++i) {
      talk.slots[i].number = i;
      talk.free.push_back(&talk.slots[i]);
    }
    Instant expires = bench_now() + options_.timeout;
    for (;;) {
      const auto sent = co_await send_free(talk);
      if (!sent) {
        tally_.talk_failed(talk.failed, sent.error());
        co_return;
      }
      if (talk.waiting == 0) co_return;
      const auto received = co_await talk.socket.receive(talk.in, Deadline(expires));
      const Instant now = bench_now();
      if (received) {
        if (!take(talk, now)) co_return;
      } else if (received.error().fault() != Fault::timed_out) {
        tally_.talk_failed(talk.failed, received.error());
        co_return;
      }
      if (now >= expires) expires = give_up_old(talk, now);
    }
  }

  Task<Result<>> send_free(Conversation& talk) {
    while (!talk.free.empty()) {
      const Instant now = bench_now();
      if (now >= tally_.end()) break;
      talk.out.clear();
      while (!talk.free.empty() && !talk.out.full()) {
        Slot& slot = *talk.free.back();
        talk.free.pop_back();
        slot.number += talk.slots.size();
        put(talk, slot, now);
      }
      const auto sent =
          co_await talk.socket.send(talk.out, Deadline(tally_.end() + options_.timeout));
      if (!sent) co_return sent.error();
    }
    co_return ok();
  }

  // Counts what has waited too long as lost, and says when there is reason to look again.
  Instant give_up_old(Conversation& talk, Instant now) {
    Instant oldest = now;
    for (Slot& slot : talk.slots) {
      if (!slot.waiting) continue;
      if (now - slot.due < options_.timeout) {
        oldest = std::min(oldest, slot.due);
        continue;
      }
      lose(talk, slot);
      talk.free.push_back(&slot);
    }
    return oldest + options_.timeout;
  }

  // --- open loop ---------------------------------------------------------------------------------

  Task<> talk_on_time(UdpSocket socket, std::size_t index) {
    const double each = *options_.rate / static_cast<double>(sockets_.size());
    const double at_once = each * std::chrono::duration<double>(options_.timeout).count();
    const auto slot_count = static_cast<std::uint64_t>(
        std::clamp(std::ceil(at_once) + 1, 1.0, static_cast<double>(k_most_slots)));
    Conversation talk(std::move(socket), options_, slot_count);
    talk.schedule = BenchSchedule(tally_.started(), *options_.rate, index, sockets_.size());
    [[maybe_unused]] const auto over = co_await both(send_on_time(talk), read_answers(talk));
    const bool cancelled = (co_await current_scope()).cancelled();
    for (Slot& slot : talk.slots) {
      if (slot.waiting && !talk.failed && !cancelled) lose(talk, slot);
    }
  }

  Task<Result<>> send_on_time(Conversation& talk) {
    for (;;) {
      const Instant now = bench_now();
      Instant due = talk.schedule.due(talk.next);
      talk.out.clear();
      while (due <= now && due < tally_.end() && !talk.out.full()) {
        Slot& slot = talk.slots[talk.next % talk.slots.size()];
        if (slot.waiting) lose(talk, slot);  // its time was over when its slot was due again
        slot.number = talk.next;
        put(talk, slot, due);
        due = talk.schedule.due(++talk.next);
      }
      if (!talk.out.empty()) {
        const auto sent =
            co_await talk.socket.send(talk.out, Deadline(tally_.end() + options_.timeout));
        if (sent) continue;
        tally_.talk_failed(talk.failed, sent.error());
        co_return sent.error();
      }
      if (due >= tally_.end()) break;
      const auto slept = co_await sleep_until(Deadline(due));
      if (!slept) co_return slept;
    }
    // The time goes on without anything due: a rate is by all of it.
    if (const auto slept = co_await sleep_until(Deadline(tally_.end())); !slept) co_return slept;
    talk.sender_ended = true;
    if (talk.waiting == 0) co_return bench_finished();
    co_return ok();
  }

  Task<Result<>> read_answers(Conversation& talk) {
    for (;;) {
      const auto received =
          co_await talk.socket.receive(talk.in, Deadline(tally_.end() + options_.timeout));
      if (!received && received.error().fault() == Fault::timed_out) co_return bench_finished();
      if (!received) {
        tally_.talk_failed(talk.failed, received.error());
        co_return received.error();
      }
      if (!take(talk, bench_now())) co_return bench_finished();
      if (talk.sender_ended && talk.waiting == 0) co_return bench_finished();
    }
  }

  // --- both --------------------------------------------------------------------------------------

  void put(Conversation& talk, Slot& slot, Instant due) {
    slot.due = due;
    slot.waiting = true;
    ++talk.waiting;
    tally_.asked(due);
    std::memcpy(request_.data(), &slot.number, sizeof slot.number);
    talk.out.add(request_);
  }

  void lose(Conversation& talk, Slot& slot) {
    slot.waiting = false;
    --talk.waiting;
    tally_.lost(slot.due);
  }

  // The answers of one receive. False: one was none, which is counted.
  bool take(Conversation& talk, Instant now) {
    for (const BatchedDatagram answer : talk.in) {
      const std::span<const std::byte> bytes = answer.bytes();
      if (bytes.size() < request_.size()) {
        tally_.talk_failed(talk.failed, BenchFault::short_answer);
        return false;
      }
      std::uint64_t number = 0;
      std::memcpy(&number, bytes.data(), sizeof number);
      const std::size_t rest = request_.size() - sizeof number;
      if (answer.truncated() ||
          std::memcmp(bytes.data() + sizeof number, request_.data() + sizeof number, rest) != 0) {
        tally_.talk_failed(talk.failed, BenchFault::mismatched);
        return false;
      }
      Slot& slot = talk.slots[number % talk.slots.size()];
      if (!slot.waiting || slot.number != number || now - slot.due >= options_.timeout) {
        ++report_.late_answers;
        continue;
      }
      slot.waiting = false;
      --talk.waiting;
      if (!options_.rate) talk.free.push_back(&slot);
      tally_.answered(slot.due, now);
    }
    return true;
  }

  const BenchOptions options_;
  BenchReport& report_;
  BenchTally tally_;
  std::vector<std::byte> request_;  // its first eight bytes are the number of the next to be sent
  std::vector<UdpSocket> sockets_;
};

}  // namespace

Task<Result<>> bench_udp(BenchOptions options, BenchReport& report) {
  UdpBench bench(std::move(options), report);
  co_return co_await bench.run();
}

}  // namespace patchbay
