// For tests of look-ups: a host, the names that it may find, and how long that takes.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "patchbay/net/group.hpp"
#include "patchbay/net/sim/world.hpp"

namespace patchbay {

inline IpAddress address(std::string_view text) { return IpAddress::parse(text).value(); }

// `Asked` is what is looked up; `Task<> ask(Asked&)` does it, and leaves in its `found` what came
// of that, or the name of a fault.
template <class Asked>
class LookUpTest : public testing::Test {
 protected:
  std::string look_up(Asked asked) {
    host_.run(ask(asked));
    go_on();
    return asked.found;
  }
  std::string look_up_and_cancel(Asked asked) {
    host_.run(cancelled(asked));
    go_on();
    return asked.found;
  }

  sim::World world_{1};
  sim::Host& host_{world_.host("10.9.0.1")};
  Duration took_{};  // the last one

 private:
  static Task<> cancelled(Asked& asked) {
    TaskGroup group(co_await current_scope());
    group.spawn(ask_one, std::ref(asked));
    group.cancel();
    co_await group.join();
  }
  static Task<> ask_one(Asked& asked) { co_await ask(asked); }
  void go_on() {
    const sim::Verdict verdict = world_.run();
    EXPECT_TRUE(verdict) << verdict.describe();
    took_ = std::chrono::floor<std::chrono::milliseconds>(verdict.took);
  }
};

}  // namespace patchbay
