// For tests: one simulated world after the other, each with a seed of its own, until one fails.
//
//   SIM_TEST(Echo, SurvivesLoss) {
//     sim::Host& server = world.host("10.0.0.1");
//     sim::Host& client = world.host("10.0.0.2");
//     world.link(server, client, {.delay = 5ms, .loss = 0.02});
//     server.serve(echo_server());
//     client.run(talk());
//   }
//
// is run first with the seeds that have failed before (tests/sim/regressions/NAME.txt), then once
// without faults and without deadlines, then with 200 seeds, the first and each 50th of them twice,
// to see that they repeat exactly. What fails says which seed it was.
//
//   PATCHBAY_SEED=7      that seed alone
//   PATCHBAY_SEEDS=10000 so many instead of 200
//   PATCHBAY_PART=1/2    of them every second one, from the first on; the other process has 2/2
//   PATCHBAY_KEEP=DIR    writes the seeds that fail to DIR/NAME.txt
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "patchbay/net/sim/world.hpp"

#ifndef PATCHBAY_REGRESSIONS
#define PATCHBAY_REGRESSIONS "tests/sim/regressions"  // from where the test is run
#endif

namespace patchbay::sim {

struct SeedOptions {
  std::string name;  // of the file with seeds that have failed
  std::uint64_t seeds = 200;
  // Also without faults and deadlines? Not where a deadline is what the test is about.
  bool calm = true;
  // That world has deadlines all the same: for what waits by them and never fails by one.
  bool waits_by_deadlines = false;
  WorldOptions world = {};
};

namespace detail {

inline constexpr std::uint64_t k_repeat_each = 50;  // of the seeds

inline std::string environment(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Every `of`-th seed, from `first` on.
struct SeedPart {
  std::uint64_t first = 1;
  std::uint64_t of = 1;
};

inline SeedPart seed_part() {
  const std::string text = environment("PATCHBAY_PART");
  char* end = nullptr;
  const std::uint64_t first = std::strtoull(text.c_str(), &end, 10);
  const std::uint64_t of = *end == '/' ? std::strtoull(end + 1, nullptr, 10) : 0;
  return first >= 1 && first <= of ? SeedPart{first, of} : SeedPart{};
}

// One number a line; what follows a # is a remark.
inline std::vector<std::uint64_t> failed_seeds(const std::string& name) {
  std::vector<std::uint64_t> seeds;
  std::ifstream file(std::string(PATCHBAY_REGRESSIONS) + "/" + name + ".txt");
  for (std::string line; std::getline(file, line);) {
    char* end = nullptr;
    const std::uint64_t seed = std::strtoull(line.c_str(), &end, 10);
    if (end != line.c_str()) seeds.push_back(seed);
  }
  return seeds;
}

// One world; what it came to in the event log. A test that only builds it has it run here.
inline std::uint64_t run_seed(std::uint64_t seed, const WorldOptions& options,
                              const std::function<void(World&)>& body) {
  World world(seed, options);
  body(world);
  if (!world.has_run()) {
    const Verdict verdict = world.run();
    if (!verdict) ADD_FAILURE() << verdict.describe();
  }
  return world.hash();
}

inline void report(const SeedOptions& options, std::uint64_t seed) {
  std::printf("%s fails with seed %llu; to repeat it: PATCHBAY_SEED=%llu … --gtest_filter=%s\n",
              options.name.c_str(), static_cast<unsigned long long>(seed),
              static_cast<unsigned long long>(seed), options.name.c_str());
  const std::string folder = environment("PATCHBAY_KEEP");
  if (folder.empty()) return;
  std::ofstream(folder + "/" + options.name + ".txt", std::ios::app) << seed << '\n';
}

}  // namespace detail

// Runs body(world) as above; stops at the first seed that fails.
inline void for_each_seed(const SeedOptions& options, const std::function<void(World&)>& body) {
  const auto fails = [&](std::uint64_t seed, bool twice = false) {
    const std::uint64_t hash = detail::run_seed(seed, options.world, body);
    if (twice && !testing::Test::HasFailure()) {
      EXPECT_EQ(detail::run_seed(seed, options.world, body), hash)
          << "seed " << seed << " gave another run the second time";
    }
    if (!testing::Test::HasFailure()) return false;
    detail::report(options, seed);
    return true;
  };
  if (const std::string one = detail::environment("PATCHBAY_SEED"); !one.empty()) {
    fails(std::strtoull(one.c_str(), nullptr, 10));
    return;
  }
  for (const std::uint64_t seed : detail::failed_seeds(options.name)) {
    if (fails(seed)) return;
  }
  if (options.calm) {
    WorldOptions calm = options.world;
    calm.faults = false;
    calm.deadlines = options.waits_by_deadlines;
    detail::run_seed(1, calm, body);
    if (testing::Test::HasFailure()) {
      std::printf("%s fails without faults and deadlines\n", options.name.c_str());
      return;
    }
  }
  const std::string asked = detail::environment("PATCHBAY_SEEDS");
  const std::uint64_t count =
      asked.empty() ? options.seeds : std::strtoull(asked.c_str(), nullptr, 10);
  const detail::SeedPart part = detail::seed_part();
  for (std::uint64_t seed = part.first; seed <= count; seed += part.of) {
    if (fails(seed, seed == 1 || seed % detail::k_repeat_each == 0)) return;
  }
}

}  // namespace patchbay::sim

// The body has a `world` without anything in it.
#define SIM_TEST(suite, test)                                                      \
  static void suite##_##test##_in(patchbay::sim::World& world);                    \
  TEST(suite, test) {                                                              \
    patchbay::sim::for_each_seed({.name = #suite "." #test}, suite##_##test##_in); \
  }                                                                                \
  static void suite##_##test##_in([[maybe_unused]] patchbay::sim::World& world)
