#include "patchbay/tools/http/certificate_warnings.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "patchbay/tools/http/certificate_file.hpp"
#include "patchbay/tools/http/serve_file.hpp"

namespace patchbay {
namespace {

SelfCertificate made_for(const std::vector<std::string>& names) {
  auto made = SelfCertificate::make(names);
  EXPECT_TRUE(made);
  return std::move(*made);
}

// `after` the moment when it was made, as far as it says.
WallTime later(const SelfCertificate& certificate, Duration after) {
  const auto read = CertificateFile::read(certificate.certificate_path());
  return read->valid_until() - 30 * 24h + std::chrono::duration_cast<WallTime::duration>(after);
}

std::string site(std::string_view hosts, const SelfCertificate* own = nullptr) {
  std::string text = "[[site]]\nroot = \"www\"\n";
  if (!hosts.empty()) text += fmt::format("hosts = [{}]\n", hosts);
  if (own == nullptr) return text;
  return text +
         fmt::format("cert = \"{}\"\nkey = \"{}\"\n", own->certificate_path(), own->key_path());
}

std::vector<Failure> warnings_of(const std::string& text, WallTime now) {
  const auto plan = parse_serve_file(text, "sites.toml");
  EXPECT_TRUE(plan) << text;
  return plan ? warn_of_certificates(*plan, now) : std::vector<Failure>();
}

// The only one.
Failure warning_of(const std::string& text, WallTime now) {
  const auto warnings = warnings_of(text, now);
  EXPECT_EQ(warnings.size(), 1U) << text;
  return warnings.empty() ? Failure() : warnings.front();
}

TEST(CertificateWarnings, AWildcardIsForOneLabel) {
  const auto made = made_for({"a.test", "*.b.test"});
  const WallTime now = later(made, 1h);
  EXPECT_TRUE(warnings_of(site(R"("A.Test.", "x.b.test", "Y.B.test")", &made), now).empty());
  const Failure warning =
      warning_of(site(R"("a.test", "b.test", "x.y.b.test", "xa.test")", &made), now);
  EXPECT_EQ(warning.what, "sites.toml:1: the certificate in " + made.certificate_path() +
                              " is not made out to b.test, x.y.b.test and xa.test");
  EXPECT_EQ(warning.why, "it is for a.test and *.b.test");
  EXPECT_NE(warning.remedy, "");
}

TEST(CertificateWarnings, AddressesAreHostsToo) {
  const auto made = made_for({"a.test", "192.0.2.1", "2001:db8::1"});
  const WallTime now = later(made, 1h);
  EXPECT_TRUE(warnings_of(site(R"("a.test", "192.0.2.1", "[2001:DB8::1]")", &made), now).empty());
  const Failure warning = warning_of(site(R"("192.0.2.2", "[::1]")", &made), now);
  EXPECT_NE(warning.what.find("not made out to 192.0.2.2 and [::1]"), std::string::npos);
}

TEST(CertificateWarnings, ASiteMayBeCoveredByTheCertificateOfAnother) {
  const auto made = made_for({"a.test", "*.b.test"});
  const WallTime now = later(made, 1h);
  const std::string text = site(R"("a.test")", &made);
  EXPECT_TRUE(warnings_of(text + site(R"("x.b.test", "Y.b.test.")") + site(""), now).empty());
  const Failure warning = warning_of(text + site(R"("x.b.test", "c.test")"), now);
  EXPECT_EQ(warning.what, "sites.toml:6: no certificate is made out to c.test");
  EXPECT_EQ(warning.why, "clients are shown " + made.certificate_path() + ", and refuse it");
}

TEST(CertificateWarnings, ASiteForOtherHostsHasNoneToBeFor) {
  const auto made = made_for({"a.test"});
  EXPECT_TRUE(warnings_of(site("", &made), later(made, 1h)).empty());
}

TEST(CertificateWarnings, DatesCountForEachFileOnce) {
  const auto made = made_for({"a.test", "b.test"});
  const std::string text = site(R"("a.test")", &made) + site(R"("b.test")", &made);
  const auto check = [&](Duration after, std::string_view what, std::string_view why) {
    const Failure warning = warning_of(text, later(made, after));
    EXPECT_EQ(warning.what, fmt::format("sites.toml:1: the certificate in {} (a.test) {}",
                                        made.certificate_path(), what));
    EXPECT_EQ(warning.why.substr(0, why.size()), why);
    EXPECT_NE(warning.remedy, "");
  };
  check(-2h, "is not valid yet", "it is from 2");
  EXPECT_TRUE(warnings_of(text, later(made, 19 * 24h)).empty());
  check(20 * 24h + 1h, "ends in 9 days", "it is valid until 2");
  check(28 * 24h + 1s, "ends in a day", "it is valid until 2");
  check(29 * 24h + 1s, "ends within a day", "it is valid until 2");
  check(30 * 24h + 1s, "is past its end", "it was valid until 2");
}

TEST(CertificateWarnings, TheFlagsHaveCertificatesForAllSites) {
  const auto made = made_for({"a.test"});
  HttpServePlan plan;
  plan.tls =
      TlsServerOptions{.certificate_file = made.certificate_path(), .key_file = made.key_path()};
  plan.sites.resize(2);
  plan.sites[1].hosts = {"a.test"};
  EXPECT_TRUE(warn_of_certificates(plan, later(made, 1h)).empty());
  plan.sites[1].hosts = {"b.test"};
  const auto warnings = warn_of_certificates(plan, later(made, 40 * 24h));
  ASSERT_EQ(warnings.size(), 2U);
  EXPECT_EQ(warnings[0].what, "no certificate is made out to b.test");
  EXPECT_EQ(warnings[1].what, "the certificate in " + made.certificate_path() + " is past its end");
}

TEST(CertificateWarnings, WhatIsNotThereIsForOthersToTell) {
  const std::string text =
      "[[site]]\nroot = \"www\"\nhosts = [\"a.test\"]\ncert = \"/no.crt\"\nkey = \"/no.key\"\n";
  EXPECT_TRUE(warnings_of(text, WallTime()).empty());
  EXPECT_TRUE(warnings_of("tls-self = true\n" + site(R"("a.test")"), WallTime()).empty());
  EXPECT_TRUE(warnings_of(site(R"("a.test")"), WallTime()).empty());
}

}  // namespace
}  // namespace patchbay
