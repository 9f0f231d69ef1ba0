#include "patchbay/cli/doctor.hpp"

#include <fmt/format.h>

#include <cerrno>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/cli/completion.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {
namespace {

struct Capability {
  unsigned bit;  // linux/capability.h
  const char* name;
  const char* adds;
};

constexpr Capability capabilities[] = {
    {10, "CAP_NET_BIND_SERVICE",
     "servers on ports below the unprivileged ones (DHCP, HTTP, HTTPS)"},
    {12, "CAP_NET_ADMIN", "promiscuous capture, interface settings, larger socket buffers"},
    {13, "CAP_NET_RAW", "packet and raw sockets: ARP, SYN scans, capture, binding to an interface"},
    {19, "CAP_SYS_PTRACE", "naming the process behind the connections of other users"},
    {38, "CAP_PERFMON", "with CAP_BPF: traffic per process, counted in the kernel"},
    {39, "CAP_BPF", "with CAP_PERFMON: traffic per process, counted in the kernel"},
};

// A number of the kernel that ought to be so large, and the value to ask for when it is not.
struct Floor {
  const char* sysctl;
  std::uint64_t enough;
  std::uint64_t ask;
  const char* adds;
};

constexpr Floor floors[] = {
    {"net.core.rmem_max", 4'194'304, 8'388'608, "receive buffers that do not lose UDP bursts"},
    {"net.core.wmem_max", 4'194'304, 8'388'608, "send buffers that keep a fast link full"},
    {"net.core.somaxconn", 4'096, 4'096, "a backlog for many clients that come at once"},
    {"net.ipv4.tcp_max_syn_backlog", 1'024, 4'096, "half-open connections waiting at a server"},
};

constexpr std::uint64_t enough_files = 65'536;

bool holds(const HostFacts& facts, const Capability& capability) {
  return (facts.capabilities >> capability.bit & 1U) != 0;
}

std::string setcap(const HostFacts& facts, std::string_view names) {
  return fmt::format("sudo setcap {}+ep {}", names, shell_quoted(facts.program));
}

Finding kernel(const HostFacts& facts) { return {"kernel", Health::neutral, facts.kernel, {}, {}}; }

Finding engine(const HostFacts& facts) {
  constexpr const char* adds = "moving bytes between sockets and tasks";
  switch (facts.io_uring_errno) {
    case ENOSYS: return {"engine", Health::good, "epoll; io_uring is not in this kernel", adds, {}};
    case EPERM: return {"engine", Health::good, "epoll; io_uring is there but forbidden", adds, {}};
    default: return {"engine", Health::good, "epoll; io_uring is there and not needed", adds, {}};
  }
}

Finding open_files(const HostFacts& facts) {
  Finding finding{"open files",
                  Health::good,
                  fmt::format("{} soft, {} hard", facts.open_files_soft, facts.open_files_hard),
                  "one for each connection",
                  {}};
  if (facts.open_files_soft >= enough_files) return finding;
  finding.health = Health::small;
  finding.grant = facts.open_files_hard >= enough_files
                      ? fmt::format("ulimit -n {}", facts.open_files_hard)
                      : fmt::format("sudo prlimit --pid $$ --nofile={0}:{0}", enough_files);
  return finding;
}

Finding capability_row(const HostFacts& facts, const Capability& capability) {
  if (holds(facts, capability)) return {capability.name, Health::good, "held", capability.adds, {}};
  return {capability.name, Health::missing, "not held", capability.adds,
          setcap(facts, in_ascii_lower(capability.name))};
}

Finding floor_row(const HostFacts& facts, const Floor& floor) {
  const auto value = facts.sysctl(floor.sysctl);
  if (!value) return {floor.sysctl, Health::neutral, "cannot be read here", floor.adds, {}};
  Finding finding{floor.sysctl, Health::good, std::to_string(*value), floor.adds, {}};
  if (*value >= floor.enough) return finding;
  finding.health = Health::small;
  finding.grant = fmt::format("sudo sysctl -w {}={}", floor.sysctl, floor.ask);
  return finding;
}

Finding ping_groups(const HostFacts& facts) {
  constexpr const char* name = "net.ipv4.ping_group_range";
  constexpr const char* adds = "ICMP echo without CAP_NET_RAW";
  const auto found = facts.sysctls.find(name);
  if (found == facts.sysctls.end()) return {name, Health::neutral, "cannot be read here", adds, {}};
  const std::string& value = found->second;
  const std::uint64_t low = facts.sysctl(name).value_or(1);
  const std::size_t space = value.find_last_of(' ');
  const std::uint64_t high =
      space == std::string::npos ? 0 : std::strtoull(value.c_str() + space, nullptr, 10);
  const bool within = low <= facts.group && facts.group <= high;
  if (within) return {name, Health::good, value, adds, {}};
  return {name, Health::missing, fmt::format("{} (your group is {})", value, facts.group), adds,
          fmt::format("sudo sysctl -w {}='0 2147483647'", name)};
}

Finding low_ports(const HostFacts& facts) {
  constexpr const char* name = "net.ipv4.ip_unprivileged_port_start";
  constexpr const char* adds = "the first port that a server may have without any right";
  const auto value = facts.sysctl(name);
  if (!value) return {name, Health::neutral, "cannot be read here", adds, {}};
  constexpr std::uint64_t http = 80;
  Finding finding{name, Health::good, std::to_string(*value), adds, {}};
  if (*value <= http) return finding;
  finding.health = Health::neutral;
  finding.grant = fmt::format("sudo sysctl -w {}={}", name, http);
  return finding;
}

Finding btf(const HostFacts& facts) {
  constexpr const char* adds = "kernel types for BPF: traffic per process without kernel headers";
  if (facts.has_btf) return {"BTF", Health::good, "/sys/kernel/btf/vmlinux", adds, {}};
  return {"BTF", Health::missing, "not there", adds, "sudo apt install linux-image-amd64"};
}

Finding ipv6(const HostFacts& facts) {
  constexpr const char* adds = "addresses of both families";
  if (facts.has_ipv6) return {"IPv6", Health::good, "there", adds, {}};
  return {"IPv6", Health::missing, "not there", adds,
          "sudo sysctl -w net.ipv6.conf.all.disable_ipv6=0"};
}

struct HealthLook {
  const char* name;
  const char* mark;
  Tone tone;
};

HealthLook look_of(Health health) {
  switch (health) {
    case Health::good: return {"ok", "ok", Tone::good};
    case Health::small: return {"small", "small", Tone::warning};
    case Health::missing: return {"missing", "missing", Tone::warning};
    case Health::neutral: break;
  }
  return {"info", "-", Tone::plain};
}

void print(const Finding& finding, Output& out) {
  const HealthLook look = look_of(finding.health);
  const std::string mark(look.mark);
  std::string text = fmt::format("{}{:>{}}{:<36}{}", out.style(look.tone, mark), "",
                                 9 - mark.size(), finding.name, escape_terminal(finding.value));
  if (!finding.adds.empty()) text += fmt::format("\n{:9}for: {}", "", finding.adds);
  if (!finding.grant.empty())
    text += fmt::format("\n{:9}try: {}", "", escape_terminal(finding.grant));
  out.emit(Record("check")
               .text("name", finding.name)
               .text("state", look.name)
               .text("value", finding.value)
               .text("adds", finding.adds)
               .text("grant", finding.grant),
           text);
}

struct DoctorFlags {};

int run_doctor(const DoctorFlags&, Output& out) {
  const HostFacts facts = read_host_facts();
  std::uint64_t missing = 0;
  for (const Finding& finding : examine(facts)) {
    print(finding, out);
    if (finding.health == Health::missing) ++missing;
  }
  out.totals().count("missing", missing);
  if (const std::string all = grant_all_capabilities(facts); !all.empty()) {
    out.note(
        fmt::format("\nsetcap replaces what was granted before; all capabilities at once:\n  {}",
                    escape_terminal(all)));
  }
  return exit_ok;
}

}  // namespace

std::vector<Finding> examine(const HostFacts& facts) {
  std::vector<Finding> findings = {kernel(facts), engine(facts), ipv6(facts), open_files(facts)};
  for (const Capability& capability : capabilities) {
    findings.push_back(capability_row(facts, capability));
  }
  for (const Floor& floor : floors) findings.push_back(floor_row(facts, floor));
  findings.push_back(ping_groups(facts));
  findings.push_back(low_ports(facts));
  findings.push_back(btf(facts));
  return findings;
}

std::string grant_all_capabilities(const HostFacts& facts) {
  std::string names;
  for (const Capability& capability : capabilities) {
    if (holds(facts, capability)) continue;
    names += (names.empty() ? "" : ",") + in_ascii_lower(capability.name);
  }
  return names.empty() ? names : setcap(facts, names);
}

void declare_doctor(Command& root) {
  auto [doctor, o] = root.add("doctor", "what this host allows", run_doctor);
  static_cast<void>(o);
  doctor.describe(
      "Prints each limit, capability and feature of the kernel that Patchbay can use: its "
      "value, what it adds, and the command that grants it. Changes nothing.");
  doctor.example("patchbay doctor", "what is there and what is missing");
  doctor.example("patchbay doctor --json", "the same, one JSON object a line");
  doctor.see_also("capabilities(7)").see_also("setcap(8)").see_also("sysctl(8)");
}

}  // namespace patchbay
