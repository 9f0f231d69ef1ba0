#include "patchbay/net/sim/lone_host.hpp"

#include <utility>

#include "patchbay/net/sim/world.hpp"

namespace patchbay::sim {

Result<std::unique_ptr<Loop>> make_lone_loop(LoopOptions options) {
  auto world = std::make_unique<World>(1, WorldOptions{.date = std::chrono::system_clock::now()});
  Host& host = world->lone_host(std::move(options));
  std::unique_ptr<Loop> loop = host.give_loop();
  static_cast<HostEngine&>(loop->engine()).keep(std::move(world));
  return loop;
}

}  // namespace patchbay::sim
