// For tests: system calls that fail on this thread from now on, as they do when the system is out
// of something. There is no way back, so the test runs on a thread of its own.
#pragma once

#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include <array>
#include <cstddef>

namespace patchbay {

// False where this process may not filter its own calls.
inline bool deny_call(long number, int errno_value) {
  const auto nr = static_cast<std::uint32_t>(number);
  const std::uint32_t refusal = SECCOMP_RET_ERRNO | static_cast<std::uint32_t>(errno_value);
  std::array<sock_filter, 4> filter = {
      {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
       BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 1), BPF_STMT(BPF_RET | BPF_K, refusal),
       BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}};
  const sock_fprog program{.len = filter.size(), .filter = filter.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

}  // namespace patchbay
