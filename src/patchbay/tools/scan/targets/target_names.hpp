// Names of targets: looked up, several at a time.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/net/deadline.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

struct TargetNamesOptions {
  Family family = Family::any;
  Duration timeout = 10s;      // for each name, from its turn on
  std::size_t at_a_time = 50;  // name servers limit who asks for more
};

struct LookedUpName {
  std::string name;
  // All of its addresses; none has an interface. Or why there is none: another of its names may
  // have one.
  Result<std::vector<IpAddress>> addresses;
};

// Every name by the resolver of this thread's loop, in the order in which they are given. What
// `deadline` comes before is `timed_out`. Faults: cancelled.
Task<Result<std::vector<LookedUpName>>> look_up_targets(std::vector<std::string> names,
                                                        TargetNamesOptions options,
                                                        Deadline deadline = {});

}  // namespace patchbay
