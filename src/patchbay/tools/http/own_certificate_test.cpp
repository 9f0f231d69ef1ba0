#include "patchbay/tools/http/own_certificate.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "patchbay/tools/http/certificate_file.hpp"

namespace patchbay {
namespace {

using Certificate = std::shared_ptr<const SelfCertificate>;

HttpServePlan plan_for(std::vector<std::string> hosts) {
  HttpServePlan plan{.tls_self = true};
  plan.addresses = {
      {.asked = Endpoint(IpAddress::loopback(Family::v4), 443)},
      {.asked = Endpoint(*IpAddress::parse("192.0.2.7"), 80), .plain = true},
  };
  plan.sites.push_back({.hosts = std::move(hosts)});
  return plan;
}

Certificate provided(HttpServePlan plan, const Certificate& former, WallTime now) {
  const auto given = provide_own_certificate(plan, former, now);
  EXPECT_TRUE(given) << given.error().what;
  return plan.own_certificate;
}

// A moment while the certificate is valid.
WallTime made_at(const Certificate& certificate) {
  return CertificateFile::read(certificate->certificate_path())->valid_until() - 30 * 24h;
}

TEST(OwnCertificate, IsForTheHostsOfTheSitesAndTheAddressesWithTls) {
  HttpServePlan plan = plan_for({"A.test.", "xn--b.test", "[2001:db8::1]"});
  ASSERT_TRUE(provide_own_certificate(plan, nullptr, WallTime()));
  ASSERT_TRUE(plan.tls);
  EXPECT_EQ(plan.tls->certificate_file, plan.own_certificate->certificate_path());
  const auto read = CertificateFile::read(plan.tls->certificate_file);
  ASSERT_TRUE(read);
  for (const char* const name : {"localhost", "127.0.0.1", "a.test", "xn--b.test", "2001:db8::1"}) {
    EXPECT_TRUE(read->is_for(name)) << name;
  }
  EXPECT_FALSE(read->is_for("192.0.2.7"));
  EXPECT_FALSE(read->is_for("b.test"));
  EXPECT_TRUE(try_plan({.tls = plan.tls}).empty());
}

TEST(OwnCertificate, IsMadeOnlyWhereItIsAskedFor) {
  HttpServePlan plan{.tls = TlsServerOptions{.certificate_file = "a.crt"}};
  ASSERT_TRUE(provide_own_certificate(plan, nullptr, WallTime()));
  EXPECT_EQ(plan.own_certificate, nullptr);
  EXPECT_EQ(plan.tls->certificate_file, "a.crt");
}

TEST(OwnCertificate, StaysWhileItNamesAllAndHasTwoWeeksLeft) {
  const Certificate first = provided(plan_for({"a.test", "b.test"}), nullptr, WallTime());
  const WallTime made = made_at(first);
  EXPECT_EQ(provided(plan_for({"b.test"}), first, made), first);
  EXPECT_EQ(provided(plan_for({"b.test", "a.test"}), first, made + 16 * 24h), first);
  EXPECT_NE(provided(plan_for({"b.test"}), first, made + 17 * 24h), first);
  EXPECT_NE(provided(plan_for({"b.test", "c.test"}), first, made), first);
}

TEST(OwnCertificate, IsNotForMoreHostsThanClientsRead) {
  std::vector<std::string> hosts;
  for (int i = 0; i < 150; ++i) hosts.push_back(fmt::format("{}.{}.test", i, std::string(60, 'a')));
  HttpServePlan plan = plan_for(hosts);
  EXPECT_TRUE(provide_own_certificate(plan, nullptr, WallTime()));
  EXPECT_TRUE(try_plan({.tls = plan.tls}).empty());
  plan.sites.push_back({.hosts = {}});
  for (int i = 0; i < 60; ++i) plan.sites[1].hosts.push_back(fmt::format("{}.test", i));
  const auto given = provide_own_certificate(plan, nullptr, WallTime());
  ASSERT_FALSE(given);
  EXPECT_NE(given.error().what.find("hosts"), std::string::npos);
  EXPECT_NE(given.error().remedy, "");
}

}  // namespace
}  // namespace patchbay
