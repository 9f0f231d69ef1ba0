#include "patchbay/cli/doctor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>

namespace patchbay {
namespace {

constexpr std::uint64_t net_raw = 1ULL << 13;

HostFacts bare_host() {
  HostFacts facts;
  facts.kernel = "6.1.0";
  facts.program = "/opt/it's here/patchbay";
  facts.open_files_soft = 1'024;
  facts.open_files_hard = 1'048'576;
  facts.io_uring_errno = ENOSYS;
  facts.group = 1'000;
  facts.sysctls = {{"net.core.rmem_max", "212992"},
                   {"net.core.somaxconn", "4096"},
                   {"net.ipv4.ping_group_range", "1 0"},
                   {"net.ipv4.ip_unprivileged_port_start", "1024"}};
  return facts;
}

Finding row(const HostFacts& facts, const std::string& name) {
  const std::vector<Finding> findings = examine(facts);
  const auto found = std::find_if(findings.begin(), findings.end(),
                                  [&](const Finding& finding) { return finding.name == name; });
  return found == findings.end() ? Finding{} : *found;
}

TEST(Doctor, ReadsTheEffectiveCapabilities) {
  EXPECT_EQ(
      effective_capabilities("Name:\tx\nCapPrm:\t00000000000000ff\nCapEff:\t0000000000002000\n"),
      net_raw);
  EXPECT_EQ(effective_capabilities("Name:\tx\n"), 0U);
  EXPECT_EQ(effective_capabilities("\nCapEff:"), 0U);
}

TEST(Doctor, ACapabilityThatIsMissingComesWithItsGrant) {
  HostFacts facts = bare_host();
  const Finding missing = row(facts, "CAP_NET_RAW");
  EXPECT_EQ(missing.health, Health::missing);
  EXPECT_EQ(missing.grant, R"(sudo setcap cap_net_raw+ep '/opt/it'\''s here/patchbay')");
  facts.capabilities = net_raw;
  EXPECT_EQ(row(facts, "CAP_NET_RAW").health, Health::good);
  EXPECT_EQ(row(facts, "CAP_NET_RAW").grant, "");
}

TEST(Doctor, TheGrantOfAllNamesThoseThatAreMissing) {
  HostFacts facts = bare_host();
  facts.capabilities = net_raw;
  const std::string all = grant_all_capabilities(facts);
  EXPECT_NE(all.find("cap_net_bind_service,cap_net_admin,"), std::string::npos) << all;
  facts.capabilities = ~0ULL;
  EXPECT_EQ(grant_all_capabilities(facts), "");
}

TEST(Doctor, JudgesLimitsAgainstTheirFloor) {
  HostFacts facts = bare_host();
  EXPECT_EQ(row(facts, "net.core.rmem_max").health, Health::small);
  EXPECT_EQ(row(facts, "net.core.rmem_max").grant, "sudo sysctl -w net.core.rmem_max=8388608");
  EXPECT_EQ(row(facts, "net.core.somaxconn").health, Health::good);
  EXPECT_EQ(row(facts, "net.core.wmem_max").health, Health::neutral);  // could not be read
  EXPECT_EQ(row(facts, "open files").grant, "ulimit -n 1048576");
  facts.open_files_hard = 4'096;
  EXPECT_EQ(row(facts, "open files").grant, "sudo prlimit --pid $$ --nofile=65536:65536");
}

TEST(Doctor, KnowsWhetherOurGroupMayPing) {
  HostFacts facts = bare_host();
  constexpr const char* name = "net.ipv4.ping_group_range";
  EXPECT_EQ(row(facts, name).health, Health::missing);
  facts.sysctls[name] = "0 2147483647";
  EXPECT_EQ(row(facts, name).health, Health::good);
  facts.sysctls[name] = "1001 2000";
  EXPECT_EQ(row(facts, name).health, Health::missing);
}

TEST(Doctor, EveryFindingThatIsNotGoodSaysWhatToDo) {
  for (const Finding& finding : examine(bare_host())) {
    EXPECT_FALSE(finding.name.empty() || finding.value.empty());
    const bool is_poor = finding.health == Health::missing || finding.health == Health::small;
    if (is_poor) EXPECT_FALSE(finding.grant.empty() || finding.adds.empty()) << finding.name;
  }
}

TEST(Doctor, ReadsThisHost) {
  const HostFacts facts = read_host_facts();
  EXPECT_FALSE(facts.kernel.empty());
  EXPECT_GT(facts.open_files_soft, 0U);
  EXPECT_TRUE(facts.program.starts_with('/')) << facts.program;
}

}  // namespace
}  // namespace patchbay
