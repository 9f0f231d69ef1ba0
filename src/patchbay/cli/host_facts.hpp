// HostFacts: what this host and this process allow, as read from the kernel.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace patchbay {

struct HostFacts {
  std::string kernel;   // "6.1.0-13-amd64"
  std::string program;  // path of our executable
  std::uint64_t open_files_soft = 0;
  std::uint64_t open_files_hard = 0;
  std::uint64_t capabilities = 0;  // the effective set, one bit each
  int io_uring_errno = 0;          // what a harmless io_uring_setup fails with; ENOSYS, EPERM, …
  bool has_btf = false;
  bool has_ipv6 = false;
  bool is_root = false;
  std::uint32_t group = 0;                     // the effective group
  std::map<std::string, std::string> sysctls;  // by dotted name; those that could be read

  // The first number of a sysctl's value.
  std::optional<std::uint64_t> sysctl(const std::string& name) const;
};

// Reads only; needs no right. What cannot be read stays at its default.
HostFacts read_host_facts();

// The bits after "CapEff:" in the text of /proc/PID/status.
std::uint64_t effective_capabilities(const std::string& status);

}  // namespace patchbay
