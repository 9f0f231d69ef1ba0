// Both engines of a scan on a bad network: what they call open is open, what they call closed is
// closed, whatever is lost, repeated, forged or cut on the way and whatever their own host lacks;
// and they end. Broken off and taken up again they find the same.
#include "patchbay/tools/scan/run/scan_checkpoint_fixture.hpp"
#include "scan_town.hpp"

namespace patchbay::sim {
namespace {

SeedOptions seeds_of(ScanEngine engine, const char* name) {
  return {.name = name, .waits_by_deadlines = engine == ScanEngine::packet};
}

void expect_finished(World& world, ScanTown& town) {
  const Verdict verdict = world.run();
  EXPECT_TRUE(verdict) << verdict.describe();
  EXPECT_LE(verdict.took, 5min);
  EXPECT_TRUE(town.run->finished(world.now()));
  const ScanTotals totals = town.run->totals(world.now());
  EXPECT_EQ(totals.targets, 5U * ScanTown::k_ports);
  std::uint64_t states = 0;
  for (const PortState state : k_port_states) states += totals.of(state);
  EXPECT_EQ(states, totals.targets);
}

// `can_find_all`: nothing befell the town that keeps ports from being found.
void expect_result(World& world, ScanTown& town, bool can_find_all, Recall& recall) {
  expect_finished(world, town);
  Recall here;
  town.expect_truth(*town.run, here);
  if (!world.options().faults) {
    EXPECT_EQ(here.missed_open, 0U);
    EXPECT_EQ(here.missed_closed, 0U);
    EXPECT_EQ(town.run->totals(world.now()).shortages, 0U);
  }
  if (can_find_all) recall.add(here);
}

// By packets nobody is asked who does not answer as a neighbour.
void expect_all_asked(World& world, ScanTown& town) {
  if (town.engine == ScanEngine::packet) return;
  const ScanTotals totals = town.run->totals(world.now());
  EXPECT_GE(totals.sent, totals.targets);
}

void tells_what_is_so(ScanEngine engine, const char* name) {
  Recall recall;
  for_each_seed(seeds_of(engine, name), [&](World& world) {
    ScanTown town(world, engine);
    town.scan();
    const bool can_find_all = befall(town);
    expect_result(world, town, can_find_all, recall);
    expect_all_asked(world, town);
  });
  recall.expect_high();
}
TEST(SimulatedConnectScan, TellsWhatIsSo) {
  tells_what_is_so(ScanEngine::connect, "SimulatedConnectScan.TellsWhatIsSo");
}
TEST(SimulatedPacketScan, TellsWhatIsSo) {
  tells_what_is_so(ScanEngine::packet, "SimulatedPacketScan.TellsWhatIsSo");
}

// --- standing still ------------------------------------------------------------------------------

// For two seconds nothing gets over the link, and then all of it does: longer than all tries and
// the wait at the end would take.
void a_link_that_stands_still_is_no_silence(ScanEngine engine, const char* name) {
  for_each_seed({.name = name, .seeds = 50, .calm = false}, [&](World& world) {
    ScanTown town(world, engine);
    Chance chance = world.chance_for("standstill");
    town.link->impair({.delay = 10ms});
    town.source_port = 0;  // else a SYN may meet the connection that the one before began
    const Duration begin = 50ms + some_time(chance, 100ms);
    world.at(begin, [&town] { town.link->impair({.delay = 2s}); });
    world.at(begin + 2s, [&town] { town.link->impair({.delay = 10ms}); });
    town.scan({.per_second = 2'000});
    expect_finished(world, town);
    Recall here;
    town.expect_truth(*town.run, here);
    EXPECT_EQ(here.missed_open, 0U);
    EXPECT_EQ(here.missed_closed, 0U);
  });
}
TEST(SimulatedConnectScan, ALinkThatStandsStillIsNoSilence) {
  a_link_that_stands_still_is_no_silence(ScanEngine::connect,
                                         "SimulatedConnectScan.ALinkThatStandsStillIsNoSilence");
}
TEST(SimulatedPacketScan, ALinkThatStandsStillIsNoSilence) {
  a_link_that_stands_still_is_no_silence(ScanEngine::packet,
                                         "SimulatedPacketScan.ALinkThatStandsStillIsNoSilence");
}

// This host has no time for it, with one try for each: the answers are there when it has again.
void a_scanner_without_time_hears_all_the_same(ScanEngine engine, const char* name) {
  for_each_seed({.name = name, .seeds = 50, .calm = false}, [&](World& world) {
    ScanTown town(world, engine);
    town.link->impair({.delay = 10ms});
    town.source_port = 0;
    pause_some_time(world, town.scanner, 200ms, 2s);
    town.scan({.per_second = 2'000, .most_tries = 1, .least_tries = 1});
    expect_finished(world, town);
    Recall here;
    town.expect_truth(*town.run, here);
    EXPECT_EQ(here.missed_open, 0U);
    EXPECT_EQ(here.missed_closed, 0U);
  });
}
TEST(SimulatedConnectScan, AScannerWithoutTimeHearsAllTheSame) {
  a_scanner_without_time_hears_all_the_same(
      ScanEngine::connect, "SimulatedConnectScan.AScannerWithoutTimeHearsAllTheSame");
}
TEST(SimulatedPacketScan, AScannerWithoutTimeHearsAllTheSame) {
  a_scanner_without_time_hears_all_the_same(
      ScanEngine::packet, "SimulatedPacketScan.AScannerWithoutTimeHearsAllTheSame");
}

// Whoever has gone for good is not said to be a firewall.
void a_host_that_dies_is_not_known(ScanEngine engine, const char* name) {
  for_each_seed({.name = name, .seeds = 50, .calm = false}, [&](World& world) {
    ScanTown town(world, engine);
    town.link->impair({.delay = 10ms});
    town.may_vanish = true;
    world.at(80ms, [&town] { town.server.kill(); });
    town.scan({.per_second = 2'000});
    expect_finished(world, town);
    Recall here;
    town.expect_truth(*town.run, here);
    const ScanTotals totals = town.run->totals(world.now());
    EXPECT_GT(here.missed_open + here.missed_closed, 0U);
    EXPECT_FALSE(totals.complete);
    EXPECT_GT(totals.residual, 1);
  });
}
TEST(SimulatedConnectScan, AHostThatDiesIsNotKnown) {
  a_host_that_dies_is_not_known(ScanEngine::connect,
                                "SimulatedConnectScan.AHostThatDiesIsNotKnown");
}
TEST(SimulatedPacketScan, AHostThatDiesIsNotKnown) {
  a_host_that_dies_is_not_known(ScanEngine::packet, "SimulatedPacketScan.AHostThatDiesIsNotKnown");
}

// --- shortages -----------------------------------------------------------------------------------

// Between none and forty descriptors, of buffers up to half are refused, and never the same for
// long.
void shortages_are_no_state(ScanEngine engine, const char* name) {
  Recall recall;
  std::uint64_t shortages = 0;
  for_each_seed(seeds_of(engine, name), [&](World& world) {
    ScanTown town(world, engine);
    Chance chance = world.chance_for("shortages");
    const auto change = [&] {
      HostFaults faults;
      if (engine == ScanEngine::connect) faults.descriptors = chance.bits() % 40;
      if (engine == ScanEngine::packet) faults.lacks_buffers = 0.5 * chance.fraction();
      town.scanner.faults() = faults;
    };
    if (engine == ScanEngine::connect) town.scanner.faults() = {.descriptors = 10};
    if (engine == ScanEngine::packet) town.scanner.faults() = {.lacks_buffers = 0.3};
    world.every(100ms, change);
    town.scan();
    expect_result(world, town, true, recall);
    expect_all_asked(world, town);
    const ScanTotals totals = town.run->totals(world.now());
    shortages += totals.shortages;
    if (engine == ScanEngine::packet) return;
    EXPECT_EQ(town.scanner.notices().size(), totals.shortages > 0 ? 1U : 0U);
  });
  recall.expect_high();
  EXPECT_GT(shortages, 0U);
}
TEST(SimulatedConnectScan, AShortageOfDescriptorsIsNoState) {
  shortages_are_no_state(ScanEngine::connect,
                         "SimulatedConnectScan.AShortageOfDescriptorsIsNoState");
}
TEST(SimulatedPacketScan, AShortageOfBuffersIsNoState) {
  shortages_are_no_state(ScanEngine::packet, "SimulatedPacketScan.AShortageOfBuffersIsNoState");
}

Task<Result<>> scan_in_want(ScanTown& town) {
  const auto done = co_await town.probe(*town.run);
  EXPECT_FALSE(done);
  if (!done) EXPECT_EQ(done.error().fault(), Fault::limit) << done.error().describe();
  co_return ok();
}

// Then it does not go on for ever, and calls nothing anything.
void a_shortage_that_stays_is_an_error(ScanEngine engine, const char* name) {
  for_each_seed({.name = name, .seeds = 20, .calm = false}, [&](World& world) {
    ScanTown town(world, engine);
    if (engine == ScanEngine::connect) town.scanner.faults() = {.descriptors = 0};
    if (engine == ScanEngine::packet) town.scanner.faults() = {.lacks_buffers = 1};
    town.run.emplace(town.plan, ScanPace(), town.listener, world.seed());
    town.scanner.run(scan_in_want(town));
    const Verdict verdict = world.run();
    EXPECT_TRUE(verdict) << verdict.describe();
    EXPECT_LE(verdict.took, 2min);
    if (engine == ScanEngine::connect) EXPECT_EQ(town.run->totals(world.now()).matched, 0U);
    EXPECT_FALSE(town.run->totals(world.now()).complete);
    for (const PortState state : {PortState::open, PortState::closed}) {
      EXPECT_EQ(town.run->totals(world.now()).of(state), 0U) << name_of(state);
    }
  });
}
TEST(SimulatedConnectScan, AShortageThatStaysIsAnError) {
  a_shortage_that_stays_is_an_error(ScanEngine::connect,
                                    "SimulatedConnectScan.AShortageThatStaysIsAnError");
}
TEST(SimulatedPacketScan, AShortageThatStaysIsAnError) {
  a_shortage_that_stays_is_an_error(ScanEngine::packet,
                                    "SimulatedPacketScan.AShortageThatStaysIsAnError");
}

// --- an end before the end -----------------------------------------------------------------------

Task<Result<>> scan_until(ScanTown& town, Duration time) {
  const auto done = co_await with_deadline(Deadline::after(time), town.probe(*town.run));
  if (!done) EXPECT_EQ(done.error().fault(), Fault::timed_out) << done.error().describe();
  co_return ok();
}

// As by Ctrl-C, at any moment: nothing is left behind, and what was told by then is so.
void ends_at_once_when_it_is_cancelled(ScanEngine engine, const char* name) {
  for_each_seed({.name = name, .calm = false}, [&](World& world) {
    ScanTown town(world, engine);
    Chance chance = world.chance_for("cancel");
    const Duration until = some_time(chance, 2s);
    const bool is_calm = chance.happens(0.5);
    if (!is_calm) befall(town);
    town.run.emplace(town.plan, ScanPace(), town.listener, world.seed());
    town.scanner.run(scan_until(town, until));
    const Verdict verdict = world.run();
    EXPECT_TRUE(verdict) << verdict.describe();
    // Half a second the host may stand still.
    EXPECT_LE(verdict.took, until + (is_calm ? 10ms : 1s));
    Recall recall;
    for (const std::uint64_t host : ScanTown::k_live) {
      town.expect_truth_of(town.run->report(host), recall);
    }
  });
}
TEST(SimulatedConnectScan, EndsAtOnceWhenItIsCancelled) {
  ends_at_once_when_it_is_cancelled(ScanEngine::connect,
                                    "SimulatedConnectScan.EndsAtOnceWhenItIsCancelled");
}
TEST(SimulatedPacketScan, EndsAtOnceWhenItIsCancelled) {
  ends_at_once_when_it_is_cancelled(ScanEngine::packet,
                                    "SimulatedPacketScan.EndsAtOnceWhenItIsCancelled");
}

Task<Result<>> stop_after(Duration time, ScanRun& run) {
  const auto slept = co_await sleep_for(time);
  run.stop(Loop::current().now());
  co_return slept;
}

void ends_soon_when_its_run_is_stopped(ScanEngine engine, const char* name) {
  for_each_seed(seeds_of(engine, name), [&](World& world) {
    ScanTown town(world, engine);
    Chance chance = world.chance_for("stop");
    const Duration until = some_time(chance, 2s);
    town.scan();
    town.scanner.run(stop_after(until, *town.run));
    const Verdict verdict = world.run();
    EXPECT_TRUE(verdict) << verdict.describe();
    EXPECT_LE(verdict.took, until + 2s);
  });
}
TEST(SimulatedConnectScan, EndsSoonWhenItsRunIsStopped) {
  ends_soon_when_its_run_is_stopped(ScanEngine::connect,
                                    "SimulatedConnectScan.EndsSoonWhenItsRunIsStopped");
}
TEST(SimulatedPacketScan, EndsSoonWhenItsRunIsStopped) {
  ends_soon_when_its_run_is_stopped(ScanEngine::packet,
                                    "SimulatedPacketScan.EndsSoonWhenItsRunIsStopped");
}

// --- and on --------------------------------------------------------------------------------------

void take_up(ScanTown& town, const ScanPace& pace) {
  ScanCheckpoint checkpoint = checkpoint_of(*town.run, {.seed = town.world.seed()});
  town.run.emplace(town.plan, pace, town.listener, checkpoint.seed, checkpoint.shard);
  town.run->resume(checkpoint.position, checkpoint.words(), std::move(checkpoint.details));
}

// Broken off up to three times, each at any moment, and then to its end.
Task<Result<>> scan_in_pieces(ScanTown& town, ScanPace pace) {
  Chance chance = town.world.chance_for("pieces");
  const std::uint64_t times = 1 + chance.bits() % 3;
  for (std::uint64_t i = 0; i < times; ++i) {
    const Duration time = some_time(chance, chance.happens(0.5) ? 100ms : 1s);
    if (const auto broken_off = co_await scan_until(town, time); !broken_off) co_return broken_off;
    const AnswerMap before = town.run->findings().map();
    take_up(town, pace);
    for (ScanTarget target = 0; target < town.plan.targets(); ++target) {
      EXPECT_EQ(town.run->findings().at(target), before.at(target)) << target;
    }
  }
  co_return co_await town.probe(*town.run);
}

// Without faults every port has its state, as in a scan that nobody broke off; and with them what
// it has is so, and hardly any is missed.
void goes_on_where_it_was(ScanEngine engine, const char* name) {
  Recall recall;
  for_each_seed(seeds_of(engine, name), [&](World& world) {
    ScanTown town(world, engine);
    const ScanPace pace;
    const bool can_find_all = befall(town);
    town.run.emplace(town.plan, pace, town.listener, world.seed());
    town.scanner.run(scan_in_pieces(town, pace));
    expect_result(world, town, can_find_all, recall);
  });
  recall.expect_high();
}
TEST(SimulatedConnectScan, GoesOnWhereItWas) {
  goes_on_where_it_was(ScanEngine::connect, "SimulatedConnectScan.GoesOnWhereItWas");
}
TEST(SimulatedPacketScan, GoesOnWhereItWas) {
  goes_on_where_it_was(ScanEngine::packet, "SimulatedPacketScan.GoesOnWhereItWas");
}

// One try for each: whose probe was on its way is asked once more. Nothing is lost here, so that
// one is enough.
void goes_on_with_one_try_each(ScanEngine engine, const char* name) {
  for_each_seed(seeds_of(engine, name), [&](World& world) {
    ScanTown town(world, engine);
    town.link->impair({.delay = 20ms});
    town.source_port = 0;  // else a SYN may meet the connection that the one before began
    const ScanPace pace{.most_tries = 1, .least_tries = 1};
    town.run.emplace(town.plan, pace, town.listener, world.seed());
    town.scanner.run(scan_in_pieces(town, pace));
    expect_finished(world, town);
    Recall here;
    town.expect_truth(*town.run, here);
    EXPECT_EQ(here.missed_open, 0U);
    EXPECT_EQ(here.missed_closed, 0U);
  });
}
TEST(SimulatedConnectScan, GoesOnWithOneTryEach) {
  goes_on_with_one_try_each(ScanEngine::connect, "SimulatedConnectScan.GoesOnWithOneTryEach");
}
TEST(SimulatedPacketScan, GoesOnWithOneTryEach) {
  goes_on_with_one_try_each(ScanEngine::packet, "SimulatedPacketScan.GoesOnWithOneTryEach");
}

// The interface goes down, which ends a scan by packets, and comes up again for the rest.
Task<Result<>> scan_until_it_is_up(ScanTown& town) {
  for (int times = 0; times < 100; ++times) {
    const auto done = co_await town.probe(*town.run);
    if (done) co_return ok();
    EXPECT_EQ(done.error().fault(), Fault::unreachable) << done.error().describe();
    take_up(town, {});
    if (const auto slept = co_await sleep_for(100ms); !slept) co_return slept;
  }
  co_return Error(Fault::timed_out, "go on with the scan");
}

TEST(SimulatedPacketScan, AnInterfaceThatGoesDownIsNoState) {
  Recall recall;
  for_each_seed(
      seeds_of(ScanEngine::packet, "SimulatedPacketScan.AnInterfaceThatGoesDownIsNoState"),
      [&](World& world) {
        ScanTown town(world, ScanEngine::packet);
        Chance chance = world.chance_for("interface");
        const Duration down = some_time(chance, 1s);
        Nic& nic = *town.scanner.stack().nic(interface_on(town.scanner, *town.link).index);
        world.at(down, [&nic] { nic.set_up(false); });
        world.at(down + some_time(chance, 2s), [&nic] { nic.set_up(true); });
        town.run.emplace(town.plan, ScanPace(), town.listener, world.seed());
        town.may_vanish = world.options().faults;
        town.scanner.run(scan_until_it_is_up(town));
        expect_result(world, town, false, recall);
      });
}

}  // namespace
}  // namespace patchbay::sim
