// -sV and services that speak TLS when they are asked to.
#include "patchbay/tools/scan/service/start_tls.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/service/service_fakes_fixture.hpp"
#include "patchbay/tools/scan/service/service_papers_fixture.hpp"
#include "patchbay/tools/scan/service/service_regex.hpp"
#include "patchbay/tools/scan/service/service_samples_fixture.hpp"

namespace patchbay {
namespace {

TEST(StartTlsTable, HasExpressionsThatTakeWhatTheyShould) {
  EXPECT_GE(start_tls_samples().size(), 50U);
  for (const StartTlsSample& sample : start_tls_samples()) {
    const StartTlsStep& step = start_tls_of(sample.service)->steps[sample.step];
    const ServiceRegex whole(step.whole);
    const ServiceRegex yes(step.yes);
    ASSERT_TRUE(whole.ok() && yes.ok()) << sample.service;
    EXPECT_TRUE(whole.begins(sample.reply)) << sample.reply;
    EXPECT_EQ(yes.begins(sample.reply), sample.goes_on) << sample.reply;
    if (!sample.reply.ends_with('\n')) continue;
    // Of what comes line by line no part is taken for all of it.
    for (std::size_t size = 0; size < sample.reply.size(); ++size) {
      EXPECT_FALSE(whole.begins(sample.reply.substr(0, size))) << sample.reply.substr(0, size);
    }
  }
}

// Length and number in front of both, lower byte first (MySQL: Protocol Basics, Packets).
TEST(StartTlsTable, SpeaksInPacketsOfMysql) {
  const StartTls& way = *start_tls_of("mysql");
  const std::string_view request = way.steps[1].send;
  ASSERT_EQ(request.size(), 36U);
  EXPECT_EQ(request.substr(0, 4), std::string_view("\x20\0\0\1", 4));
  constexpr unsigned speaks_41 = 0x02;  // of the second byte of what a client can do
  constexpr unsigned speaks_tls = 0x08;
  EXPECT_EQ(static_cast<unsigned char>(request[5]) & (speaks_41 | speaks_tls), 0x0AU);

  const ServiceRegex whole(way.steps[0].whole);
  const ServiceRegex yes(way.steps[0].yes);
  for (const StartTlsSample& sample : start_tls_samples()) {
    if (sample.service != "mysql" || !sample.goes_on) continue;
    for (std::size_t size = 0; size < sample.reply.size(); ++size) {
      EXPECT_FALSE(whole.begins(sample.reply.substr(0, size))) << size;
    }
  }
  const std::string_view error("\x0d\0\0\0\xff\x10\x04Too many c", 17);
  EXPECT_TRUE(whole.begins(error));
  EXPECT_FALSE(yes.begins(error));
}

// A server that says of each step what the sample of it does, and speaks TLS behind the last.
ServiceFake willing(const StartTls& way, const TlsContext& tls) {
  ServiceFake fake{.keeps = true, .later_tls = &tls};
  for (const StartTlsSample& sample : start_tls_samples()) {
    if (sample.service != way.service || !sample.goes_on) continue;
    const std::string_view send = way.steps[sample.step].send;
    if (send.empty()) {
      fake.greeting = sample.reply;
      continue;
    }
    fake.tls_behind = send.substr(0, send.find('{'));
    fake.answers.emplace_back(fake.tls_behind, sample.reply);
  }
  const StartTlsStep& last = way.steps.back();
  if (last.whole.empty()) fake.tls_behind = last.send;
  return fake;
}

Task<> agree(ServiceTarget target, std::string service, std::optional<TlsInfo>& info) {
  const ServiceOptions options;
  ServiceTools tools{.options = options};
  info = co_await start_tls(tools, target, service, Deadline::after(10s));
}

std::optional<TlsInfo> agreed(FakeHost& host, std::uint16_t port, std::string_view service) {
  std::optional<TlsInfo> info;
  const ServiceTarget target{.address = host.pair.server.address(),
                             .port = {.protocol = ScanProtocol::tcp, .number = port}};
  host.pair.client.run(agree(target, std::string(service), info));
  host.took = sim::run(host.world);
  return info;
}

TEST(StartTls, ComesToTheCertificateOfEachService) {
  const TlsContext tls = papers().context();
  EXPECT_GE(start_tls_ways().size(), 13U);
  for (const StartTls& way : start_tls_ways()) {
    FakeHost host;
    host.serve(1234, willing(way, tls));
    const auto info = agreed(host, 1234, way.service);
    ASSERT_TRUE(info && info->peer) << way.service;
    EXPECT_EQ(info->peer->subject, "CN=web1.lab") << way.service;
    EXPECT_LT(host.took, 1s) << way.service;
  }
}

// … whose bytes come one at a time.
TEST(StartTls, WaitsForTheEndOfAReply) {
  const TlsContext tls = papers().context();
  for (const char* const service : {"smtp", "sieve", "mysql", "nats"}) {
    FakeHost host;
    ServiceFake fake = willing(*start_tls_of(service), tls);
    fake.between = 5ms;
    host.serve(1234, fake);
    EXPECT_TRUE(agreed(host, 1234, service)) << service;
  }
}

TEST(StartTls, TakesNoForAnAnswer) {
  for (const StartTlsSample& sample : start_tls_samples()) {
    if (sample.goes_on) continue;
    const TlsContext tls = papers().context();
    const StartTls& way = *start_tls_of(sample.service);
    FakeHost host;
    ServiceFake fake = willing(way, tls);
    const std::string_view send = way.steps[sample.step].send;
    const std::string begins(send.substr(0, send.find('{')));
    if (begins.empty()) fake.greeting = sample.reply;
    for (auto& [beginning, words] : fake.answers) {
      if (beginning == begins) words = sample.reply;
    }
    fake.later_tls = nullptr;
    const ServiceFake& served = host.serve(1234, fake);
    EXPECT_FALSE(agreed(host, 1234, sample.service)) << sample.reply;
    EXPECT_LT(host.took, 1s) << sample.reply;
    EXPECT_EQ(served.heard.find("\x16\x03"), std::string::npos) << "it was spoken to in TLS";
  }
}

TEST(StartTls, IsNotHeldUp) {
  const std::string endless = "250-" + std::string(100'000, 'x');
  const ServiceFake fakes[] = {
      {},
      {.greeting = "220-hello\r\n", .babbles = true},
      {.greeting = "220 hello\r\n", .answers = {{"EHLO", endless}}, .keeps = true},
      {.greeting = "220 hello\r\n", .leaves_first = true},
  };
  for (const ServiceFake& fake : fakes) {
    FakeHost host;
    host.serve(25, fake);
    EXPECT_FALSE(agreed(host, 25, "smtp")) << fake.greeting;
    EXPECT_LT(host.took, 3s) << fake.greeting;
  }
  FakeHost host;
  EXPECT_FALSE(agreed(host, 25, "smtp"));  // where nobody is
  EXPECT_FALSE(start_tls_of("ssh"));
}

TEST(StartTls, IsPartOfFindingAService) {
  const TlsContext tls = papers().context();
  FakeHost host;
  const ServiceFake& mail = host.serve(25, willing(*start_tls_of("smtp"), tls));
  const ServiceFinding found = host.find_one(25);
  EXPECT_EQ(found.service, "smtp");
  EXPECT_EQ(found.product, "Exim");
  EXPECT_FALSE(found.tls);
  ASSERT_TRUE(found.certificate);
  EXPECT_EQ(found.certificate->subject, "CN=web1.lab");
  EXPECT_EQ(found.certificate->tls_version, "TLSv1.3");
  EXPECT_EQ(mail.connections, 2U);
}

}  // namespace
}  // namespace patchbay
