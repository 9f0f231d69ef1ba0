#include "patchbay/cli/host_facts.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <climits>

namespace patchbay {
namespace {

constexpr const char* sysctl_names[] = {
    "net.core.rmem_max",
    "net.core.wmem_max",
    "net.core.somaxconn",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_max_syn_backlog",
    "net.ipv4.ip_unprivileged_port_start",
    "kernel.io_uring_disabled",
};

// A small file of /proc or /sys; empty when it cannot be read.
std::string read_small(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  char text[8192];
  const ssize_t got = read(fd, text, sizeof text);
  close(fd);
  return got > 0 ? std::string(text, static_cast<std::size_t>(got)) : std::string();
}

std::string read_sysctl(std::string name) {
  std::replace(name.begin(), name.end(), '.', '/');
  std::string value = read_small("/proc/sys/" + name);
  while (!value.empty() && (value.back() == '\n' || value.back() == ' ')) value.pop_back();
  std::replace(value.begin(), value.end(), '\t', ' ');
  return value;
}

// No memory stands behind the parameters, so a kernel that has the call answers EFAULT.
int probe_io_uring() {
  const long result = syscall(SYS_io_uring_setup, 1, nullptr);
  return result < 0 ? errno : 0;
}

}  // namespace

std::optional<std::uint64_t> HostFacts::sysctl(const std::string& name) const {
  const auto found = sysctls.find(name);
  if (found == sysctls.end()) return {};
  const std::string& text = found->second;
  std::uint64_t value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc()) return {};
  return value;
}

std::uint64_t effective_capabilities(const std::string& status) {
  constexpr std::string_view key = "\nCapEff:";
  const std::size_t at = status.find(key);
  if (at == std::string::npos) return 0;
  const std::size_t digits =
      std::min(status.find_first_not_of(" \t", at + key.size()), status.size());
  std::uint64_t bits = 0;
  std::from_chars(status.data() + digits, status.data() + status.size(), bits, 16);
  return bits;
}

HostFacts read_host_facts() {
  HostFacts facts;
  if (utsname name{}; uname(&name) == 0) facts.kernel = name.release;
  char program[PATH_MAX];
  const ssize_t length = readlink("/proc/self/exe", program, sizeof program);
  facts.program = length > 0 ? std::string(program, static_cast<std::size_t>(length)) : "patchbay";
  if (rlimit files{}; getrlimit(RLIMIT_NOFILE, &files) == 0) {
    facts.open_files_soft = files.rlim_cur;
    facts.open_files_hard = files.rlim_max;
  }
  facts.capabilities = effective_capabilities(read_small("/proc/self/status"));
  facts.io_uring_errno = probe_io_uring();
  facts.has_btf = access("/sys/kernel/btf/vmlinux", R_OK) == 0;
  facts.has_ipv6 = access("/proc/net/if_inet6", R_OK) == 0;
  facts.is_root = geteuid() == 0;
  facts.group = getegid();
  for (const char* name : sysctl_names) {
    if (std::string value = read_sysctl(name); !value.empty()) facts.sysctls[name] = value;
  }
  return facts;
}

}  // namespace patchbay
