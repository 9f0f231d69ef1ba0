// For mistakes in a test itself, such as two hosts with one address: nothing good can come of the
// run, and whoever wrote the test has to see why.
#pragma once

#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace patchbay::sim {

[[noreturn]] inline void misuse(std::string_view text) {
  fmt::print(stderr, "simulated network: {}\n", text);
  std::abort();
}

}  // namespace patchbay::sim
