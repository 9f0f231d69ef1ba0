// What a fuzz target asserts: a broken promise ends the run, in every build.
#pragma once

#include <cstdlib>

#define FUZZ_CHECK(condition)     \
  if (!(condition)) std::abort(); \
  static_assert(true)
