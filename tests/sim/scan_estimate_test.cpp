// What a scan says of its end, over model networks of all kinds: how far it is from the truth.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "patchbay/tools/scan/run/scan_run_fixture.hpp"
#include "tool_peers.hpp"

namespace patchbay::sim {
namespace {

constexpr Duration k_look = 200ms;

double seconds(Duration time) { return std::chrono::duration<double>(time).count(); }

// A scan of five seconds to a minute, and its network, all by the seed.
struct LongScan {
  explicit LongScan(const World& world)
      : chance(world.chance_for("scan")),
        plan(model_plan(1 + static_cast<std::uint32_t>(chance.bits() % 30),
                        static_cast<std::uint16_t>(100 + chance.bits() % 150))) {
    plan.likely_ports = chance.bits() % plan.ports.size();
    network.round_trip = 1us + some_time(chance, 300ms);
    set_truth(chance.fraction(), 0.2 * chance.fraction());
    const double rate = static_cast<double>(plan.targets()) / (3 + 20 * chance.fraction());
    pace.silent_per_second = rate;
    pace.first_waiting = static_cast<std::uint32_t>(std::clamp(rate, 1.0, 1000.0));
    if (chance.happens(0.3)) pace.per_second = rate;
    if (chance.happens(0.2)) pace.waiting = 10 + static_cast<std::uint32_t>(chance.bits() % 100);
    pace.first_waiting = std::min(pace.first_waiting, pace.waiting);
  }

  // So many of all are silent, and so many of the others open.
  void set_truth(double silent, double open) {
    std::vector<Truth> truths;
    for (ScanTarget target = 0; target < plan.targets(); ++target) {
      if (chance.happens(silent)) {
        truths.push_back(Truth::dropped);
      } else if (chance.happens(open)) {
        truths.push_back(Truth::open);
      } else {
        truths.push_back(chance.happens(0.2) ? Truth::rejected : Truth::closed);
      }
    }
    network.truth = [truths](ScanTarget target) { return truths[target]; };
  }

  Chance chance;
  ScanPlan plan;
  ModelNetwork network;
  ScanPace pace;
  CountingListener listener;
};

// How wrong it was, in shares of the whole: the end came later than was said where that is
// positive.
struct Errors {
  void add(const Errors& other) { all.insert(all.end(), other.all.begin(), other.all.end()); }
  double share_beyond(double most) const {
    const auto beyond = std::ranges::count_if(all, [&](double e) { return std::abs(e) > most; });
    return static_cast<double>(beyond) / static_cast<double>(std::max<std::size_t>(all.size(), 1));
  }
  double worst() const {
    double found = 0;
    for (const double error : all) found = std::max(found, std::abs(error));
    return found;
  }

  std::vector<double> all;
};

// From the time on when 15 % of the scan is over. Nothing of scans that are over in no time.
Errors errors_of(LongScan& scan, std::uint64_t seed) {
  ScanRun run(scan.plan, scan.pace, scan.listener, seed);
  ModelScan model(run, scan.network, seed);
  struct Told {
    double at;
    double end;
  };
  std::vector<Told> told;
  const Instant began = model.now();
  Instant next = began + k_look;
  model.each_step = [&](Instant now) {
    if (now < next) return;
    next = now + k_look;
    const auto left = run.remaining(now);
    if (left) told.push_back({seconds(now - began), seconds(now - began + *left)});
  };
  EXPECT_TRUE(model.to_the_end(24h));
  const double took = seconds(model.now() - began);
  Errors errors;
  if (took < 5) return errors;
  for (const Told& one : told) {
    if (one.at >= 0.15 * took) errors.all.push_back((took - one.end) / took);
  }
  return errors;
}

void report(const char* what, const Errors& errors) {
  std::printf(
      "%s: %zu looks, %.2f %% more than a tenth of the whole wrong, %.2f %% more than a "
      "quarter, the worst %.0f %%\n",
      what, errors.all.size(), 100 * errors.share_beyond(0.1), 100 * errors.share_beyond(0.25),
      100 * errors.worst());
}

TEST(SimulatedScanEstimate, IsTrueOnSteadyNetworks) {
  Errors errors;
  for_each_seed({.name = "SimulatedScanEstimate.IsTrueOnSteadyNetworks"}, [&](World& world) {
    LongScan scan(world);
    errors.add(errors_of(scan, world.seed()));
  });
  report("steady", errors);
  if (errors.all.size() < 1000) return;  // of one seed alone
  EXPECT_LE(errors.share_beyond(0.1), 0.02);
}

// Loss shows in second tries, and only then how many rounds there will be.
TEST(SimulatedScanEstimate, IsNotFarFromItWherePacketsAreLost) {
  Errors errors;
  for_each_seed({.name = "SimulatedScanEstimate.IsNotFarFromItWherePacketsAreLost"},
                [&](World& world) {
                  LongScan scan(world);
                  scan.network.loss_there = 0.05 * scan.chance.fraction();
                  scan.network.loss_back = 0.05 * scan.chance.fraction();
                  scan.network.jitter = some_time(scan.chance, 100ms);
                  errors.add(errors_of(scan, world.seed()));
                });
  report("lossy", errors);
  if (errors.all.size() < 1000) return;
  EXPECT_LE(errors.share_beyond(0.25), 0.2);
}

}  // namespace
}  // namespace patchbay::sim
