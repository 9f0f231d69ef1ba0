// A network in a few lines, for tests of ScanRun: what each target is, losses, delays, and a host
// that runs short of things.
#pragma once

#include <functional>
#include <map>
#include <random>
#include <vector>

#include "patchbay/tools/scan/run/scan_run.hpp"

namespace patchbay {

// What a port really is.
enum class Truth : std::uint8_t { open, closed, dropped, rejected };

struct ModelNetwork {
  double loss_there = 0;
  double loss_back = 0;
  Duration round_trip = 20ms;
  Duration jitter = 0ms;
  double shortage = 0;                   // of sending
  std::uint32_t answers_per_second = 0;  // 0: as many as are asked for
  double refill_per_second = 0;  // … of a host that saves up to `burst` answers; 0: no limit
  double burst = 1;
  std::function<double(Instant)> passes_per_second = {};  // there; what comes faster is lost
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
      const Instant arrival = on_the_way_.empty() ? Instant::max() : on_the_way_.begin()->first;
      const Instant next = std::min(arrival, run_.wake_at(now_));
      if (next >= end) return false;
      now_ = std::max(next, now_ + 1us);
      receive();
      if (break_off_at && now_ >= *break_off_at) run_.stop(now_);
    }
    return true;
  }

  Instant now() const { return now_; }
  std::uint64_t sent() const { return sent_; }
  const std::vector<std::uint32_t>& asked() const { return asked_; }
  std::optional<Instant> break_off_at;

 private:
  bool happens(double share) { return std::bernoulli_distribution(share)(chance_); }

  void send() {
    for (int burst = 0; burst < 64; ++burst) {
      const auto probe = run_.next(now_);
      if (!probe) return;
      if (happens(network_.shortage)) {
        run_.unsent(*probe, now_);
        return;
      }
      ++sent_;
      if (asked_.size() <= probe->target) asked_.resize(probe->target + 1);
      ++asked_[probe->target];
      const Truth truth = network_.truth(probe->target);
      if (is_lost_on_the_way()) continue;
      if (truth == Truth::dropped || happens(network_.loss_there)) continue;
      if (is_held_back() || happens(network_.loss_back)) continue;
      const Duration late =
          network_.jitter.count() == 0
              ? Duration(0)
              : Duration(chance_() % static_cast<std::uint64_t>(network_.jitter.count()));
      on_the_way_.emplace(now_ + network_.round_trip + late, Reply{*probe, truth, now_});
    }
  }

  // A path with room for so many a second and a few at once.
  bool is_lost_on_the_way() {
    if (!network_.passes_per_second) return false;
    const double rate = network_.passes_per_second(now_);
    const double saved = seconds(now_ - passed_at_) * rate;
    passing_ = std::min(passing_ + saved, std::max(10.0, rate / 100));
    passed_at_ = now_;
    if (passing_ < 1) return true;
    passing_ -= 1;
    return false;
  }

  static double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

  // A host that answers so many times a second and no more, as FreeBSD's do.
  bool is_held_back() {
    if (network_.refill_per_second > 0) {
      saved_ =
          std::min(saved_ + seconds(now_ - saved_at_) * network_.refill_per_second, network_.burst);
      saved_at_ = now_;
      if (saved_ < 1) return true;
      saved_ -= 1;
      return false;
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
      ScanAnswer answer{.attempt = reply.probe.attempt, .round_trip = now_ - reply.sent};
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

  struct Reply {
    ScanProbe probe;
    Truth truth;
    Instant sent;
  };

  ScanRun& run_;
  const ModelNetwork& network_;
  std::uint64_t seed_;
  std::mt19937_64 chance_{seed_};
  Instant now_{1s};
  std::multimap<Instant, Reply> on_the_way_;
  std::vector<std::uint32_t> asked_;
  std::uint64_t sent_ = 0;
  std::int64_t second_ = -1;
  std::uint32_t answers_in_second_ = 0;
  double passing_ = 0;
  Instant passed_at_ = now_;
  double saved_ = network_.burst;
  Instant saved_at_ = now_;
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
