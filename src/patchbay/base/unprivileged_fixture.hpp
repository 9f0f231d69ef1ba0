// For tests that root runs too: a thread that may read only what everybody may.
#pragma once

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace patchbay {

// Of this thread, and of those that it begins from now on: capabilities are a thread's own.
inline bool give_up_reading_everything() {
  __user_cap_header_struct who = {.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct has[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capget, &who, has) != 0) return false;
  has[0].effective &= ~(1U << CAP_DAC_OVERRIDE | 1U << CAP_DAC_READ_SEARCH);
  return ::syscall(SYS_capset, &who, has) == 0;
}

}  // namespace patchbay
