// Waiting: who waits for what, where and since when: the report of a run that does not go on.
#pragma once

#include <string>
#include <vector>

#include "patchbay/base/time.hpp"

namespace patchbay::sim {

class Host;

struct Waiting {
  std::string host;
  std::string what;  // "wait for an event", "read from 10.0.0.2:80"
  std::string
      where;  // the co_await, and those of the tasks that wait for this one, innermost first
  Duration waited{};

  std::string describe() const;
};

// The tasks of a host that wait now; those that wait longest come first.
std::vector<Waiting> waiting_on(Host& host);

}  // namespace patchbay::sim
