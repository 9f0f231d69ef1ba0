// -sV and TLS: the certificate, and what is spoken inside.
#include "patchbay/tools/scan/service/service_tls.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/service/service_fakes_fixture.hpp"
#include "patchbay/tools/scan/service/service_papers_fixture.hpp"

namespace patchbay {
namespace {

TEST(ServiceProberTls, FindsWhatIsInside) {
  const TlsContext tls = papers().context();
  FakeHost host;
  host.serve(1234,
             {.greeting = "* OK [CAPABILITY IMAP4rev1] Dovecot (Debian) ready.\r\n", .tls = &tls});
  const ServiceFinding found = host.find_one(1234);
  EXPECT_EQ(found.service, "imap");
  EXPECT_EQ(found.product, "Dovecot");
  EXPECT_TRUE(found.tls);
  ASSERT_TRUE(found.certificate);
  EXPECT_EQ(found.certificate->subject, "CN=web1.lab");
  EXPECT_EQ(found.certificate->issuer, "CN=web1.lab");
  EXPECT_EQ(found.certificate->names, (std::vector<std::string>{"web1.lab", "10.0.0.1"}));
  EXPECT_EQ(found.certificate->tls_version, "TLSv1.3");
  EXPECT_EQ(found.certificate->alpn, "");
  EXPECT_GT(found.certificate->not_after.time_since_epoch().count(), 0);
}

TEST(ServiceProberTls, SpeaksToTheWebInWordsItHas) {
  const TlsContext tls = papers().context({"h2", "http/1.1"});
  FakeHost host;
  host.name = "web1.lab";
  const ServiceFake& fake = host.serve(1234, {.answers = {{"GET / ", k_fake_page}}, .tls = &tls});
  const ServiceFinding found = host.find_one(1234);
  EXPECT_EQ(found.service, "http");
  EXPECT_EQ(found.product, "nginx");
  EXPECT_EQ(found.info, "Lab & Portal");
  EXPECT_EQ(found.certificate->alpn, "h2");
  EXPECT_NE(fake.heard.find("Host: web1.lab:1234\r\n"), std::string::npos);
}

TEST(ServiceProberTls, OffersNothingToWhomTheOfferIsWrong) {
  const TlsContext tls = papers().context({"something-else"});
  FakeHost host;
  host.serve(1234, {.greeting = "+OK ready\r\n", .tls = &tls});
  EXPECT_EQ(host.find_one(1234).service, "pop3");
}

TEST(ServiceProberTls, SaysSoWhereNobodyIsKnownInside) {
  const TlsContext tls = papers().context();
  FakeHost host;
  host.serve(1234, {.leaves_others = true, .tls = &tls});
  const ServiceFinding found = host.find_one(1234);
  EXPECT_EQ(found.service, "tls");
  EXPECT_TRUE(found.tls);
  EXPECT_TRUE(found.certificate);
}

TEST(ServiceProberTls, SaysWhyItCannotGetInside) {
  FakeHost host;
  host.serve(1234, {.answers = {{"\x16\x03", std::string("\x15\x03\x01\x00\x02\x02\x46", 7)}},
                    .leaves_others = true});
  const ServiceFinding found = host.find_one(1234);
  EXPECT_EQ(found.service, "tls");
  EXPECT_TRUE(found.tls);
  EXPECT_NE(found.info.find("no version of TLS in common"), std::string::npos) << found.info;
  EXPECT_FALSE(found.certificate);
}

}  // namespace
}  // namespace patchbay
