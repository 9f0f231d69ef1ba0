// A network in a few lines, for tests of ScanRun: what each target is, losses, delays, and a host
// that runs short of things.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "patchbay/tools/scan/run/scan_run.hpp"

namespace patchbay {

// What a port really is.
enum class Truth : std::uint8_t { open, closed, dropped, rejected };

inline AnswerKind kind_of(Truth truth) {
  switch (truth) {
    case Truth::open: return AnswerKind::open;
    case Truth::closed: return AnswerKind::shut;
    case Truth::rejected: return AnswerKind::filtered;
    case Truth::dropped: return AnswerKind::none;
  }
  return AnswerKind::none;
}

// Of the targets whose number has these remainders by ten.
inline Truth mixed(ScanTarget target) {
  switch (target % 10) {
    case 0: return Truth::open;
    case 1:
    case 2: return Truth::dropped;
    case 3: return Truth::rejected;
    default: return Truth::closed;
  }
}

struct ModelNetwork {
  double loss_there = 0;
  double loss_back = 0;
  Duration round_trip = 20ms;
  Duration jitter = 0ms;
  double burst = 0;      // losses come in bursts of so many packets, on average; 0: one by one
  double duplicate = 0;  // of answers, the second up to a second later
  Duration gone_from = Duration::max();   // from the beginning; nothing passes …
  Duration gone_until{};                  // … until then
  Duration still_from = Duration::max();  // likewise: what would arrive …
  Duration still_until{};                 // … until then arrives afterwards
  bool hears_late = true;                 // answers that no try is waited for any more
  double shortage = 0;                    // of sending
  double held = 0;                        // of probes, until it is known who is to get them
  double ring_drops = 0;  // of answers, in this host, which notices a tenth of a second later
  std::function<double(Instant)> passes_per_second = {};  // there; what comes faster is lost
  std::uint32_t answers_per_second = 0;  // in each whole second; 0: as many as are asked for
  double refill_per_second = 0;  // … of a host that saves up to `saves` answers; 0: no limit
  double saves = 1;
  bool tells_attempt = true;  // which try it is that was answered
  std::function<Truth(ScanTarget)> truth = [](ScanTarget) { return Truth::closed; };
};

struct CountingListener : ScanListener {
  void found(const IpAddress&, const PortFinding&) override { ++opened; }
  std::uint64_t opened = 0;
};

// Drives a run to its end over a network, in its own time.
class ModelScan {
 public:
  ModelScan(ScanRun& run, const ModelNetwork& network, std::uint64_t seed)
      : run_(run), network_(network), seed_(seed) {}

  // False when it does not end within `most` of the model's time.
  bool to_the_end(Duration most = 1h) {
    const Instant end = now_ + most;
    while (!run_.finished(now_)) {
      send();
      const Instant next = std::min({first_of(on_the_way_), first_of(held_), run_.wake_at(now_)});
      if (next >= end) return false;
      now_ = std::max(next, now_ + 1us);
      if (stands_still_at && now_ >= *stands_still_at) {
        now_ += stands_still;
        stands_still_at.reset();
      }
      receive();
      let_go();
      look_for_drops();
      if (each_step) each_step(now_);
      if (cut_off_at && now_ >= *cut_off_at) return true;
      if (break_off_at && now_ >= *break_off_at) run_.stop(now_);
    }
    return true;
  }

  Instant now() const { return now_; }
  std::uint64_t sent() const { return sent_; }
  const std::vector<std::uint32_t>& asked() const { return asked_; }
  std::optional<Instant> break_off_at;     // by ScanRun::stop()
  std::optional<Instant> cut_off_at;       // without a word, as by Ctrl-C
  std::optional<Instant> stands_still_at;  // the scanner's machine, for so long
  Duration stands_still{};
  std::function<void(Instant)> each_step;

 private:
  static constexpr Instant k_begin{1s};

  struct Reply {
    ScanProbe probe;
    Truth truth;
    Instant sent;
  };

  // One way, with losses of its own.
  struct Way {
    bool in_burst = false;
  };

  // So many a second, and up to `most` at once.
  struct Allowance {
    double saved = 1e9;
    Instant at = k_begin;

    bool take(double per_second, double most, Instant now) {
      saved += std::chrono::duration<double>(now - at).count() * per_second;
      at = now;
      saved = std::min(saved, most);
      if (saved < 1) return false;
      saved -= 1;
      return true;
    }
  };

  static Instant first_of(const auto& queue) {
    return queue.empty() ? Instant::max() : queue.begin()->first;
  }
  bool happens(double share) { return std::bernoulli_distribution(share)(chance_); }

  void send() {
    for (int burst = 0; burst < 64; ++burst) {
      const auto probe = run_.next(now_);
      if (!probe) return;
      if (happens(network_.shortage)) {
        run_.unsent(*probe, now_);
        return;
      }
      if (happens(network_.held)) {
        run_.hold(*probe, now_);
        held_.emplace(now_ + some_of(400ms), *probe);
      } else {
        ask(*probe);
      }
    }
  }

  void ask(const ScanProbe& probe) {
    ++sent_;
    if (asked_.size() <= probe.target) asked_.resize(probe.target + 1);
    ++asked_[probe.target];
    const Truth truth = network_.truth(probe.target);
    const bool arrives = has_room() && !is_lost(there_, network_.loss_there);
    if (truth == Truth::dropped || !arrives || is_held_back()) return;
    if (is_lost(back_, network_.loss_back)) return;
    const Instant arrival = after_standstill(now_ + network_.round_trip + some_of(network_.jitter));
    if (!network_.hears_late && arrival - now_ > run_.patience(probe)) return;
    on_the_way_.emplace(arrival, Reply{probe, truth, now_});
    if (happens(network_.duplicate)) {
      on_the_way_.emplace(arrival + some_of(1s), Reply{probe, truth, now_});
    }
  }

  Instant after_standstill(Instant arrival) const {
    const Duration since = arrival - k_begin;
    const bool is_held_up = since >= network_.still_from && since < network_.still_until;
    return is_held_up ? k_begin + network_.still_until : arrival;
  }

  Duration some_of(Duration most) {
    if (most.count() == 0) return {};
    return Duration(chance_() % static_cast<std::uint64_t>(most.count()));
  }

  // With bursts the model of Gilbert: a bad state loses everything.
  bool is_lost(Way& way, double loss) {
    const Duration since = now_ - k_begin;
    if (since >= network_.gone_from && since < network_.gone_until) return true;
    if (network_.burst == 0) return happens(loss);
    const double out = 1 / network_.burst;
    const double into = std::min(1.0, loss * out / (1 - loss));
    way.in_burst = happens(way.in_burst ? 1 - out : into);
    return way.in_burst;
  }

  // A path with room for so many a second and a few at once.
  bool has_room() {
    if (!network_.passes_per_second) return true;
    const double rate = network_.passes_per_second(now_);
    return room_.take(rate, std::max(10.0, rate / 100), now_);
  }

  void let_go() {
    while (!held_.empty() && held_.begin()->first <= now_) {
      const ScanProbe probe = held_.begin()->second;
      held_.erase(held_.begin());
      run_.let_go(probe, now_);
      ask(probe);
    }
  }

  void look_for_drops() {
    if (now_ - looked_ < 100ms) return;
    looked_ = now_;
    if (dropped_ > 0) run_.dropped(std::exchange(dropped_, 0));
  }

  // A host that answers so many times a second and no more: by the second, as FreeBSD's do, or as
  // many as it has saved.
  bool is_held_back() {
    if (network_.refill_per_second > 0) {
      return !answers_.take(network_.refill_per_second, network_.saves, now_);
    }
    if (network_.answers_per_second == 0) return false;
    const auto second = now_.time_since_epoch() / 1s;
    if (second != second_) second_ = second, answers_in_second_ = 0;
    return ++answers_in_second_ > network_.answers_per_second;
  }

  void receive() {
    while (!on_the_way_.empty() && on_the_way_.begin()->first <= now_) {
      const auto [arrival, reply] = *on_the_way_.begin();
      on_the_way_.erase(on_the_way_.begin());
      if (happens(network_.ring_drops)) {
        ++dropped_;
        continue;
      }
      ScanAnswer answer{.attempt = network_.tells_attempt ? reply.probe.attempt : std::uint8_t{0},
                        .round_trip = now_ - reply.sent};
      switch (reply.truth) {
        case Truth::open:
          answer.state = PortState::open, answer.reason = AnswerReason::syn_ack;
          break;
        case Truth::rejected:
          answer.state = PortState::filtered, answer.reason = AnswerReason::admin_prohibited;
          break;
        default: answer.state = PortState::closed, answer.reason = AnswerReason::reset;
      }
      run_.answered(reply.probe.target, answer, now_);
    }
  }

  ScanRun& run_;
  const ModelNetwork& network_;
  std::uint64_t seed_;
  std::mt19937_64 chance_{seed_};
  Instant now_ = k_begin;
  std::multimap<Instant, Reply> on_the_way_;
  std::multimap<Instant, ScanProbe> held_;
  Way there_;
  Way back_;
  Allowance room_;
  Allowance answers_;
  std::vector<std::uint32_t> asked_;
  std::uint64_t sent_ = 0;
  std::int64_t second_ = -1;
  std::uint32_t answers_in_second_ = 0;
  std::uint64_t dropped_ = 0;
  Instant looked_ = k_begin;
};

// So many hosts of 10.0.0.0/8 and so many ports of each, from 1.
inline ScanPlan model_plan(std::uint32_t hosts, std::uint16_t ports, std::size_t likely = 0) {
  ScanPlan plan;
  const IpAddress first = *IpAddress::parse("10.0.0.0");
  const IpRange range{first, address_of(number_of(first) + hosts - 1, Family::v4)};
  plan.hosts = IpSet(std::span(&range, 1));
  for (std::uint32_t port = 1; port <= ports; ++port) {
    plan.ports.push_back({ScanProtocol::tcp, static_cast<std::uint16_t>(port)});
  }
  plan.likely_ports = likely;
  return plan;
}

}  // namespace patchbay
