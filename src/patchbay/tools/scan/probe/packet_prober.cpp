#include "patchbay/tools/scan/probe/packet_prober.hpp"

#include <algorithm>
#include <cerrno>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "patchbay/net/event.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/scan/probe/packet_sockets.hpp"
#include "patchbay/tools/scan/probe/parked_probes.hpp"
#include "patchbay/tools/scan/probe/port_index.hpp"
#include "patchbay/tools/scan/probe/send_refusal.hpp"
#include "patchbay/wire/ip_packet.hpp"
#include "patchbay/wire/packet_checksum.hpp"

namespace patchbay {

namespace {

constexpr Duration k_look_for_drops = 100ms;
constexpr Duration k_most_blocked = 100ms;  // by a link that takes nothing
constexpr Duration k_least_pause = 20us;    // of a wait for what comes next
constexpr Duration k_hopeless = 30s;        // with nothing that left

constexpr ScanAnswer k_own_port{
    .state = PortState::closed, .reason = AnswerReason::port_unreachable, .attempt = 0};

// What has not left this machine has no checksum yet, and of the rest most cards have looked.
bool is_intact(const HeardFrame& frame) {
  if (frame.checksum == HeardFrame::Checksum::not_made) return true;
  const auto packet = read_ip_packet(frame.packet);
  if (!packet) return true;  // ARP has none
  if (!has_right_header_checksum(frame.packet)) return false;
  return frame.checksum == HeardFrame::Checksum::valid || has_right_transport_checksum(*packet);
}

class PacketProber {
 public:
  PacketProber(ScanRun& run, PacketProberOptions options)
      : run_(run),
        plan_(run.plan()),
        options_(std::move(options)),
        batch_packets_(std::clamp<std::size_t>(options_.batch_packets, 1, 1'024)),
        hosts_(plan_.host_count()),
        ports_of_plan_(plan_.ports) {}

  Result<> open();
  Task<Result<>> go();
  void close();

 private:
  Instant engine_time() { return Loop::current().engine().now(); }

  bool fill(Instant now);
  void ask_neighbours(Instant now);
  Task<Result<>> ask();
  Task<Result<>> send(Instant now);
  Task<Result<>> wait(Instant now);
  bool is_sending() const { return options_.threads != nullptr && options_.threads->is_sending(); }
  Result<> account(Instant now);
  void place(const ScanProbe& probe, Instant now);
  void ask_as_neighbour(PacketWays::Host& host, const ScanProbe& probe, Instant now);
  bool is_own_port(const PacketWays::Way& way, const ScanPort& port) const;
  void give_up(NeighbourTable::Id neighbour, Instant now);
  void settle_absent(const ScanProbe& probe, Instant now);
  Result<> account(ProbeLink& link, Instant now);

  Instant read();
  void take(const HeardFrame& frame, Instant at);
  void take_answer(ScanTarget target, const ScanAnswer& answer, Instant at);
  void take_neighbour(std::uint32_t interface, const NeighbourReply& reply, Instant at);
  void look_for_drops();
  void tell_neighbours();

  ScanRun& run_;
  const ScanPlan& plan_;
  const PacketProberOptions options_;
  const std::size_t batch_packets_;
  const std::uint64_t hosts_;
  const PortIndex ports_of_plan_;
  PacketSockets sockets_;

  ParkedProbes parked_;
  // Hosts that were asked who they are, and when: that answer carries no time of its own.
  std::unordered_map<std::uint64_t, std::pair<Instant, std::uint8_t>> asked_who_;
  Instant next_look_{};
  std::optional<Instant> short_since_;  // nothing has left since then, for want of something
};

Result<> PacketProber::open() {
  const auto opened = sockets_.open(plan_, options_, batch_packets_);
  next_look_ = engine_time() + k_look_for_drops;
  return opened;
}

// --- sending -------------------------------------------------------------------------------------

// Into the links' batches, as much as one of them holds; what needs no packet is answered here.
// False: there is nothing to send now.
bool PacketProber::fill(Instant now) {
  bool any = false;
  for (std::size_t left = batch_packets_; left > 0; --left) {
    std::optional<ScanProbe> probe = parked_.next_due();
    if (probe) {
      run_.let_go(*probe, now);
    } else {
      probe = run_.next(now);
    }
    if (!probe) break;
    any = true;
    place(*probe, now);
  }
  return any;
}

void PacketProber::ask_neighbours(Instant now) {
  for (std::size_t left = PacketSockets::k_questions; left > 0 && sockets_.ways->ask_next(now);
       --left) {
  }
  while (const auto absent = sockets_.ways->neighbours().next_absent()) give_up(*absent, now);
}

void PacketProber::place(const ScanProbe& probe, Instant now) {
  const std::uint64_t place = probe.target / hosts_;
  PacketWays::Host& host = sockets_.ways->host(probe.target - place * hosts_);
  PacketWays::Way& way = *host.way;
  if (way.none) {
    run_.settle(probe, answer_for(way.none->code()), now);
    return;
  }
  const ScanPort& port = plan_.ports[place];
  if (port.protocol == ScanProtocol::neighbour) return ask_as_neighbour(host, probe, now);
  if (is_own_port(way, port)) return run_.settle(probe, k_own_port, now);
  if (!sockets_.ways->is_ready(host)) {
    if (sockets_.ways->is_absent(host)) {
      settle_absent(probe, now);
    } else {
      run_.hold(probe, now);
      parked_.park(*host.neighbour, probe);
    }
    return;
  }
  const std::span<std::byte> room =
      way.framed ? way.link->begin(host.header) : way.link->begin(host.address);
  way.link->finish(way.packets->write(host.address, port, probe.attempt, now, room), probe);
  if (options_.trace != nullptr) options_.trace->sent(plan_, probe, now);
}

// Of hosts that are not on a link with this one nobody can ask that.
void PacketProber::ask_as_neighbour(PacketWays::Host& host, const ScanProbe& probe, Instant now) {
  const PacketWays::Way& way = *host.way;
  if (!way.framed || way.hop.kind != NextHop::Kind::link || !way.device.asks) {
    run_.settle(probe, answer_for(EHOSTUNREACH), now);
    return;
  }
  asked_who_[host.number] = {now, probe.attempt};
  sockets_.ways->ask(host, probe);
  if (options_.trace != nullptr) options_.trace->sent(plan_, probe, now);
}

// Whoever has reserved a port of UDP here takes what comes to it and says nothing. It is this scan,
// so nobody else has it.
bool PacketProber::is_own_port(const PacketWays::Way& way, const ScanPort& port) const {
  return way.hop.kind == NextHop::Kind::here && port.protocol == ScanProtocol::udp &&
         sockets_.ports.has(port.number);
}

void PacketProber::give_up(NeighbourTable::Id neighbour, Instant now) {
  for (const ScanProbe& probe : parked_.take(neighbour)) {
    run_.let_go(probe, now);
    settle_absent(probe, now);
  }
}

Result<> PacketProber::account(Instant now) {
  Result<> ended;
  for (const auto& link : sockets_.ways->links()) {
    const auto accounted = account(*link, now);
    if (ended) ended = accounted;
  }
  return ended;
}

// Whoever has answered before is there, and the questions to him were lost: that try was in vain.
void PacketProber::settle_absent(const ScanProbe& probe, Instant now) {
  if (run_.findings().has_answered(plan_.host_of(probe.target))) return;
  run_.settle(probe, answer_for(EHOSTUNREACH), now);
}

// What became of batches. An error ends the scan.
Result<> PacketProber::account(ProbeLink& link, Instant now) {
  Result<> ended;
  if (link.taken() > 0) {
    short_since_.reset();
    run_.left(engine_time());
  }
  link.report([&](const ScanProbe& probe, int code) {
    const bool is_question = probe.attempt == 0;  // to a neighbour, none of the plan
    if (is_about_one(code)) {
      if (!is_question) run_.settle(probe, answer_for(code), now);
      return;
    }
    if (is_shortage(code) && !short_since_) short_since_ = now;
    if (!is_question) run_.unsent(probe, now);
    if (is_question)
      sockets_.ways->neighbours().not_asked(static_cast<NeighbourTable::Id>(probe.target));
    if (!is_shortage(code) && ended) ended = explain_frame(Error::from_errno(code, "send probes"));
  });
  if (ended && short_since_ && now - *short_since_ >= k_hopeless) {
    return Error(Fault::limit, "send probes", "the kernel has taken none for half a minute");
  }
  return ended;
}

// --- answers -------------------------------------------------------------------------------------

// Everything that has come until the time that it returns. The wall clock is read first: were this
// program put off between the two, answers would seem to have come before their probes left.
Instant PacketProber::read() {
  const auto wall = Loop::current().wall_clock();
  const Instant now = engine_time();
  sockets_.reader->read([&](const HeardFrame& frame) {
    // When this host had it, which is before it was read.
    const Duration age = std::max<Duration>(wall - frame.at, Duration(0));
    take(frame, now - std::min<Duration>(age, 1s));
  });
  return now;
}

void PacketProber::take(const HeardFrame& frame, Instant at) {
  const auto reply = read_neighbour_reply(frame.link.protocol, frame.packet, frame.link.address);
  if (!reply && frame.link.protocol == k_ethertype_arp) return;
  const PacketAnswer heard =
      reply ? PacketAnswer() : sockets_.answers->read(frame.packet, frame.link.interface, at);
  if (!reply && heard.kind == PacketAnswer::Kind::unrelated) return;
  if (!is_intact(frame)) return run_.corrupt();
  if (reply) return take_neighbour(frame.link.interface, *reply, at);
  const auto port = ports_of_plan_.find(heard.port);
  if (heard.kind == PacketAnswer::Kind::foreign || !port || !plan_.hosts.contains(heard.target)) {
    run_.foreign();
    return;
  }
  const auto host = static_cast<std::uint64_t>(plan_.hosts.index_of(heard.target));
  ScanAnswer answer = heard.answer;
  if (sockets_.ports.attempts == 1) answer.attempt = 0;
  take_answer(*port * hosts_ + host, answer, at);
}

void PacketProber::take_answer(ScanTarget target, const ScanAnswer& answer, Instant at) {
  if (options_.trace != nullptr) options_.trace->answered(plan_, target, answer, at);
  run_.answered(target, answer, at);
}

void PacketProber::take_neighbour(std::uint32_t interface, const NeighbourReply& reply,
                                  Instant at) {
  if (const auto id = sockets_.ways->heard(interface, reply)) parked_.let_go(*id);
  const auto port = ports_of_plan_.find({.protocol = ScanProtocol::neighbour});
  if (!port || !plan_.hosts.contains(reply.address)) return;
  const auto host = static_cast<std::uint64_t>(plan_.hosts.index_of(reply.address));
  const auto asked = asked_who_.find(host);
  if (asked == asked_who_.end()) return;
  const auto [since, attempt] = asked->second;
  take_answer(plan_.target_of(host, *port),
              {.state = PortState::open,
               .reason = AnswerReason::neighbour_reply,
               .attempt = attempt,
               .round_trip = std::max(at - since, Duration(0))},
              at);
}

void PacketProber::look_for_drops() {
  const auto counted = sockets_.reader->statistics();
  if (counted && counted->dropped > 0) run_.dropped(counted->dropped);
}

// Of hosts of the plan that answer for themselves, also those that a kernel knew before.
void PacketProber::tell_neighbours() {
  if (!options_.neighbour) return;
  sockets_.ways->neighbours().for_each_known(
      [&](const IpAddress& address, const EthernetAddress& link) {
        if (plan_.hosts.contains(address)) options_.neighbour(address, link);
      });
}

// --- the scan ------------------------------------------------------------------------------------

// By a thread where there is one for it. What has left meanwhile is looked at before the next.
Task<Result<>> PacketProber::send(Instant now) {
  for (const auto& link : sockets_.ways->links()) {
    if (link->is_empty() || link->hand_over()) continue;
    const auto sent = co_await link->send(Deadline(engine_time() + k_most_blocked));
    if (!sent && sent.error().fault() == Fault::cancelled) co_return sent.error();
  }
  // A thread that is done says so when the loop has its turn, and waits for the next batch.
  if (is_sending()) {
    if (const auto turn = co_await yield(); !turn) co_return turn.error();
  }
  co_return account(now);
}

// There is nothing to send now.
Task<Result<>> PacketProber::wait(Instant now) {
  if (is_sending()) {
    // What comes back unsent is due before anything else, and what leaves may be answered at once.
    const auto left = co_await options_.threads->wait_for_next();
    co_return left ? account(now) : left;
  }
  const Instant soon =
      std::min({run_.wake_at(now), sockets_.ways->neighbours().wake_at(), next_look_});
  const Instant until = std::max(soon, now + k_least_pause);
  const auto heard = co_await sockets_.reader->wait(Deadline(until));
  // Before that time it is the time of whoever waits for the scan that is over.
  const bool is_time = !heard && heard.error().fault() == Fault::timed_out;
  if (!heard && (!is_time || engine_time() < until)) co_return heard.error();
  co_return ok();
}

Task<Result<>> PacketProber::ask() {
  // What is decided is decided by the time until which everything was read: whoever has answered
  // since then is not silent.
  for (Instant now = engine_time(); !run_.finished(now);) {
    const bool busy = fill(now);
    ask_neighbours(now);
    if (const auto sent = co_await send(now); !sent) co_return sent;
    if (!busy) {
      if (const auto waited = co_await wait(now); !waited) co_return waited;
    }
    now = read();
    if (now < next_look_) continue;
    next_look_ = now + k_look_for_drops;
    look_for_drops();
  }
  co_return ok();
}

// Whatever becomes of the scan, what threads are sending stays until they have.
Task<Result<>> PacketProber::go() {
  const auto asked = co_await ask();
  if (options_.threads != nullptr) co_await options_.threads->wait_for_all();
  const auto accounted = account(engine_time());
  look_for_drops();
  tell_neighbours();
  co_return asked ? accounted : asked;
}

void PacketProber::close() {
  if (options_.threads == nullptr) return;
  for (const auto& link : sockets_.ways->links()) link->close_beside();
  sockets_.reader->close_beside(options_.threads->pool());
}

}  // namespace

Task<Result<>> probe_by_packets(ScanRun& run, PacketProberOptions options) {
  const std::function<void()> opened = std::move(options.opened);
  PacketProber prober(run, std::move(options));
  if (const auto done = prober.open(); !done) co_return done;
  if (opened) opened();
  const auto done = co_await prober.go();
  prober.close();
  co_return done;
}

}  // namespace patchbay
