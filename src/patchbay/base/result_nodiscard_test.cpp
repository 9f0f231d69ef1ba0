// A dropped Result must not compile. No type trait tells, so this file drops some and names the
// diagnostics it expects: it is compiled with -verify, which fails when one of them is missing.
#include <gtest/gtest.h>

#include "patchbay/base/result.hpp"

namespace patchbay {
namespace {

int calls = 0;

Result<int> number() { return ++calls; }

Result<> nothing() {
  ++calls;
  return ok();
}

TEST(Result, IsNotDroppedUnnoticed) {
  number();   // expected-warning {{ignoring return value of function declared with 'nodiscard'}}
  nothing();  // expected-warning {{ignoring return value of function declared with 'nodiscard'}}
  ok();       // expected-warning {{ignoring return value of function declared with 'nodiscard'}}
  EXPECT_EQ(calls, 2);
}

}  // namespace
}  // namespace patchbay
