#include "patchbay/tools/scan/probe/connect_prober.hpp"

#include <algorithm>
#include <cerrno>
#include <functional>
#include <string>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/udp.hpp"
#include "patchbay/tools/descriptors.hpp"
#include "patchbay/tools/scan/probe/connect_try.hpp"
#include "patchbay/tools/scan/probe/connect_verdict.hpp"
#include "patchbay/tools/scan/probe/connect_window.hpp"
#include "patchbay/tools/scan/probe/nap.hpp"
#include "patchbay/tools/scan/probe/udp_payloads.hpp"
#include "patchbay/tools/scan/probe/udp_try.hpp"

namespace patchbay {

namespace {

// Over the loopback and a pair of veth a try ends before it waits. So many are made, then others
// have their turn. It is less than the loop lets a task complete in a row, so that none is put off.
constexpr unsigned k_batch = 24;

// It is programs that answer datagrams, and they take longer than the kernels that round trips are
// known of. The next try does not wait for this one.
constexpr Duration k_service_time = 500ms;

// Whoever stops the run or skips a host tells nobody, so it is looked at this often.
constexpr Duration k_longest_nap = 100ms;
constexpr Duration k_shortest_nap = 50us;

// The chance to connect to oneself twice in a row is that of hitting one port of thousands.
constexpr int k_most_self_connects = 4;

// A simulated host has no limit that this process knows of.
constexpr std::size_t k_simulated_room = 18'000;

std::size_t room_for_tries(const Engine& engine) {
  if (!engine.capabilities().foreign_descriptors) return k_simulated_room;
  const std::uint64_t most = raise_descriptor_limit() / 10 * 9;
  const std::uint64_t open = open_descriptors();
  return most > open ? static_cast<std::size_t>(most - open) : 1;
}

// Not every system lets a socket whose connection was refused try again.
bool cannot_be_used_again(const ConnectEnd& end) {
  if (end.outcome != Outcome::failed || end.sent) return false;
  return end.code == EISCONN || end.code == EALREADY || end.code == EINVAL ||
         end.code == ECONNABORTED;
}

// Said by this host's kernel without a packet.
bool is_known_here(AnswerReason reason) {
  return reason == AnswerReason::net_unreachable || reason == AnswerReason::host_unreachable ||
         reason == AnswerReason::not_permitted;
}

ScanAnswer answer_of(const ConnectVerdict& verdict) {
  return {.state = verdict.state, .reason = verdict.reason};
}

class Prober {
 public:
  Prober(ScanRun& run, ConnectProberOptions options, Loop& loop, std::size_t room)
      : run_(run),
        loop_(loop),
        engine_(loop.engine()),
        source_(std::move(options.source)),
        sockets_(engine_, source_, room),
        window_(std::min(room, options.most_waiting)),
        room_(room),
        trace_(options.trace) {}

  Result<> check() { return sockets_.check(); }
  Task<Result<>> dispatch(TaskGroup& group);

 private:
  enum class Step : std::uint8_t { again, done };

  bool start_some(TaskGroup& group);
  Instant next_look() const;
  Endpoint endpoint_of(const ScanProbe& probe) const {
    const ScanPlan& plan = run_.plan();
    return Endpoint(plan.address_of(probe.target), plan.port_of(probe.target).number);
  }
  Task<> ask(ScanProbe probe);
  Task<> ask_udp(ScanProbe probe);
  ConnectSockets::Taken take_for(const ScanProbe& probe, const Endpoint& to, bool any_port);
  void put_back(Family family, int handle, const ConnectEnd& end);
  void take_end(const ScanProbe& probe, const Endpoint& to, const ConnectEnd& end, Instant sent);
  void tell(const ScanProbe& probe, ScanAnswer answer);
  void put_off(const ScanProbe& probe, int code);
  bool is_self(int handle, const Endpoint& to) const;
  bool has_source_for(const Endpoint& to) const;
  void wake() {
    has_ended_ = true;
    if (nap_ != nullptr) nap_->end(Outcome::ok);
  }

  ScanRun& run_;
  Loop& loop_;
  Engine& engine_;
  const ConnectSource source_;
  ConnectSockets sockets_;
  ConnectWindow window_;
  const std::size_t room_;  // of descriptors
  ScanTrace* const trace_;
  Instant now_{};  // as read after the latest end: a turn of the loop may hold many tries
  Op* nap_ = nullptr;
  bool has_ended_ = false;  // a try has, since the run was last asked
  bool told_of_shortage_ = false;
  int last_shortage_ = 0;
};

// --- what to ask ---------------------------------------------------------------------------------

Task<Result<>> Prober::dispatch(TaskGroup& group) {
  for (;;) {
    now_ = engine_.now();
    if (run_.finished(now_)) break;
    if (window_.hopeless(now_)) {
      group.cancel();
      co_return Error::from_errno(last_shortage_, "open another socket");
    }
    const bool may_go_on = start_some(group);
    if (std::exchange(has_ended_, false) || may_go_on) {
      if (const auto turn = co_await yield(); !turn) co_return turn;
    } else if (const auto slept = co_await Nap(nap_, next_look()); !slept) {
      co_return slept;
    }
  }
  group.cancel();  // what is still on its way nobody waits for
  co_return ok();
}

// True: there may be more to start right now, whatever becomes of these.
bool Prober::start_some(TaskGroup& group) {
  for (unsigned started = 0; started < k_batch; ++started) {
    if (!window_.has_room(now_)) return false;
    const auto probe = run_.next(now_);
    if (!probe) return false;
    window_.start();
    const bool udp = run_.plan().port_of(probe->target).protocol == ScanProtocol::udp;
    group.spawn(udp ? &Prober::ask_udp : &Prober::ask, this, *probe);
  }
  return true;
}

Instant Prober::next_look() const {
  const Instant due = std::max(run_.wake_at(now_), window_.opens_at());
  return std::clamp(due, now_ + k_shortest_nap, now_ + k_longest_nap);
}

// --- one try -------------------------------------------------------------------------------------

Task<> Prober::ask_udp(ScanProbe probe) {
  if (window_.waiting() + sockets_.kept() > room_) sockets_.drop_one_kept();
  const Endpoint to = endpoint_of(probe);
  const Duration patience = std::max(run_.patience(probe), k_service_time);
  std::function<void()> sent;
  if (trace_ != nullptr) sent = [&] { trace_->sent(run_.plan(), probe, engine_.now()); };
  UdpEnd end = co_await try_udp(source_, to, udp_payload(to.port(), probe.attempt).bytes,
                                std::min(patience, run_.pace().timeout), sent);
  now_ = engine_.now();
  if (end.outcome == Outcome::ok) {
    tell(probe, std::move(end.answer));
  } else {
    take_end(probe, to, {.outcome = end.outcome, .code = end.code}, now_);
  }
  wake();
}

Task<> Prober::ask(ScanProbe probe) {
  Endpoint to = endpoint_of(probe);
  int own = -1;  // a socket that connected to itself keeps its port for as long as others try
  int selves = 0;
  for (Step step = Step::again; step == Step::again;) {
    const ConnectSockets::Taken socket = take_for(probe, to, selves > 0);
    if (socket.handle < 0) break;
    const Instant sent = now_;
    if (trace_ != nullptr) trace_->sent(run_.plan(), probe, sent);
    const ConnectEnd end =
        co_await ConnectTry(engine_, socket.handle, to, sent + run_.patience(probe));
    now_ = engine_.now();
    if (end.outcome == Outcome::ok && is_self(socket.handle, to)) {
      step = ++selves < k_most_self_connects ? Step::again : Step::done;
      if (step == Step::done) put_off(probe, EADDRNOTAVAIL);
      if (own >= 0) sockets_.reset(own);
      own = socket.handle;
    } else if (socket.used && cannot_be_used_again(end)) {
      sockets_.close(socket.handle);
      sockets_.keep_none();
    } else {
      step = Step::done;
      put_back(to.family(), socket.handle, end);
      take_end(probe, to, end, sent);
    }
  }
  if (own >= 0) sockets_.reset(own);
  wake();
}

// Handle -1: there is none, and the probe is dealt with.
ConnectSockets::Taken Prober::take_for(const ScanProbe& probe, const Endpoint& to, bool any_port) {
  const auto taken = sockets_.take(to.family(), any_port);
  if (taken) return *taken;
  const int code = taken.error().code();
  if (code == EAFNOSUPPORT) {
    tell(probe, answer_of(judge_connect(code, false)));
  } else {
    put_off(probe, code);
  }
  return {.handle = -1, .used = false};
}

void Prober::put_back(Family family, int handle, const ConnectEnd& end) {
  if (end.outcome == Outcome::ok) return sockets_.reset(handle);
  const bool refused = end.outcome == Outcome::failed && end.code == ECONNREFUSED && !end.soft;
  return refused ? sockets_.keep(family, handle) : sockets_.close(handle);
}

void Prober::take_end(const ScanProbe& probe, const Endpoint& to, const ConnectEnd& end,
                      Instant sent) {
  const bool has_code = end.outcome == Outcome::ok || end.outcome == Outcome::failed;
  if (!has_code) return window_.end();  // its time was up; or the scan's is
  using Meaning = ConnectVerdict::Meaning;
  ConnectVerdict verdict = judge_connect(end.outcome == Outcome::ok ? 0 : end.code, end.sent);
  if (verdict.meaning == Meaning::no_source && !has_source_for(to)) {
    verdict = {Meaning::answer, PortState::filtered, AnswerReason::net_unreachable};
  }
  switch (verdict.meaning) {
    case Meaning::silence: return window_.end();
    case Meaning::no_source:
    case Meaning::shortage: return put_off(probe, end.code);
    case Meaning::answer: break;
  }
  ScanAnswer answer = answer_of(verdict);
  const bool came_from_outside = end.outcome == Outcome::ok || end.sent;
  if (came_from_outside) answer.round_trip = now_ - sent;
  tell(probe, std::move(answer));
}

void Prober::tell(const ScanProbe& probe, ScanAnswer answer) {
  window_.end();
  answer.attempt = probe.attempt;
  if (is_known_here(answer.reason) && !answer.round_trip) return run_.settle(probe, answer, now_);
  if (trace_ != nullptr) trace_->answered(run_.plan(), probe.target, answer, now_);
  run_.answered(probe.target, answer, now_);
}

// --- what goes wrong here ------------------------------------------------------------------------

void Prober::put_off(const ScanProbe& probe, int code) {
  window_.shortage(now_);
  sockets_.drop_one_kept();  // of TCP, where a datagram has found no room
  run_.unsent(probe, now_);
  last_shortage_ = code;
  if (std::exchange(told_of_shortage_, true)) return;
  const Error error = Error::from_errno(code, "open another socket");
  loop_.notice(error.what() + ": " + error.why() + "; fewer are open at a time from now on");
}

// A socket that connects to a port of its own host may be given that very port to come from, and
// then meets itself (RFC 9293 3.5, figure 7): nobody listens there.
bool Prober::is_self(int handle, const Endpoint& to) const {
  const auto local = engine_.local(handle);
  return local && *local == to;
}

// Whether there is an address to come from, where connect(2) found no address or no port: a UDP
// socket that is connected there needs the one and hardly ever lacks the other.
bool Prober::has_source_for(const Endpoint& to) const {
  const auto socket = UdpSocket::connected_to(to);
  return socket || socket.error().code() != EADDRNOTAVAIL;
}

Task<Result<>> dispatch(TaskGroup& group, Prober& prober) {
  co_return co_await prober.dispatch(group);
}

}  // namespace

Task<Result<>> probe_by_connect(ScanRun& run, ConnectProberOptions options) {
  Loop& loop = Loop::current();
  Prober prober(run, std::move(options), loop, room_for_tries(loop.engine()));
  if (const auto possible = prober.check(); !possible) co_return possible;
  co_return co_await with_group(dispatch, std::ref(prober));
}

}  // namespace patchbay
