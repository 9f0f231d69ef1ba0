// `patchbay doctor`: what this host allows, what each thing adds, and the command that grants it.
#pragma once

#include <string>
#include <vector>

#include "patchbay/cli/host_facts.hpp"
#include "patchbay/tools/command.hpp"

namespace patchbay {

enum class Health {
  good,
  small,    // works, with less than it could
  missing,  // something does not work without it
  neutral,  // neither good nor bad
};

struct Finding {
  std::string name;  // "CAP_NET_RAW"
  Health health;
  std::string value;  // "not held"
  std::string adds;   // what it is good for
  std::string grant;  // the command that grants it; empty where there is nothing to do
};

// Every row of the table, judged for these facts.
std::vector<Finding> examine(const HostFacts& facts);

// One command for all capabilities that are missing, since setcap replaces what was granted
// before; empty when none is.
std::string grant_all_capabilities(const HostFacts& facts);

void declare_doctor(Command& root);

}  // namespace patchbay
