// -sV against servers of a simulated host: who they are is found, and none of them can hold it up.
#include "patchbay/tools/scan/service/service_prober.hpp"

#include <gtest/gtest.h>

#include <array>

#include "patchbay/net/udp.hpp"
#include "patchbay/tools/scan/service/service_fakes_fixture.hpp"
#include "patchbay/tools/scan/service/service_samples_fixture.hpp"

namespace patchbay {
namespace {

// --- who greets ----------------------------------------------------------------------------------

TEST(ServiceProber, KnowsWhoGreets) {
  FakeHost host;
  const ServiceFake& fake = host.serve(1234, {.greeting = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"});
  const ServiceFinding found = host.find_one(1234);
  EXPECT_EQ(found.service, "ssh");
  EXPECT_EQ(found.product, "OpenSSH");
  EXPECT_EQ(found.version, "9.2p1");
  EXPECT_EQ(found.info, "Debian-2");
  EXPECT_FALSE(found.tls);
  EXPECT_EQ(fake.connections, 1U);
  EXPECT_EQ(fake.heard, "");
  EXPECT_LT(host.took, 100ms);
}

TEST(ServiceProber, HearsALateGreeting) {
  FakeHost host;
  // Whoever looks up names first greets late: the probes do not drown it.
  const ServiceFake& fake =
      host.serve(1234, {.answers = {{"", "220 mail.lab ESMTP Postfix\r\n"}}, .thinks = 700ms});
  EXPECT_EQ(host.find_one(1234).product, "Postfix");
  EXPECT_GT(fake.connections, 1U);
}

// … and some do not greet at all whoever speaks before.
TEST(ServiceProber, LeavesTheLateTheirTimeToGreet) {
  FakeHost host;
  host.serve(1234, {.greeting = "RFB 003.008\n", .hesitates = 400ms});
  EXPECT_EQ(host.find_one(1234).service, "vnc");
}

TEST(ServiceProber, WaitsForTheEndOfAGreeting) {
  FakeHost host;
  host.serve(1234, {.greeting = "RFB 003.008\n", .between = 100ms});
  EXPECT_EQ(host.find_one(1234).service, "vnc");
}

TEST(ServiceProber, AsksWhoeverGreetsAmbiguously) {
  FakeHost host;
  const ServiceFake& mail = host.serve(
      25, {.greeting = "220 hello\r\n", .answers = {{"EHLO", "250 at your service\r\n"}}});
  host.serve(26, {.greeting = "220 hello\r\n",
                  .answers = {{"EHLO", "500 what?\r\n"}, {"FEAT", "211-Features:\r\n"}}});
  host.serve(27, {.greeting = "220 hello\r\n", .leaves_others = true});
  const auto answers = host.find({25, 26, 27});
  EXPECT_EQ(answers[0].finding->service, "smtp");
  EXPECT_EQ(mail.connections, 2U);  // the second one asks for TLS
  EXPECT_EQ(answers[1].finding->service, "ftp");
  EXPECT_EQ(answers[2].finding->service, "");
  EXPECT_EQ(answers[2].finding->info, "hello");
}

TEST(ServiceProber, TellsTheFirstLineOfAStranger) {
  FakeHost host;
  const ServiceFake& fake = host.serve(1234, {.greeting = "what do you want?\r\n"});
  const ServiceFinding found = host.find_one(1234);
  EXPECT_EQ(found.service, "");
  EXPECT_EQ(found.info, "what do you want?");
  EXPECT_EQ(fake.heard, "");  // who speaks first is not shouted at
}

// --- who is asked --------------------------------------------------------------------------------

TEST(ServiceProber, KnowsTheWeb) {
  FakeHost host;
  host.name = "web1.lab";
  const ServiceFake& fake = host.serve(1234, {.answers = {{"GET / ", k_fake_page}}});
  const ServiceFinding found = host.find_one(1234);
  EXPECT_EQ(found.service, "http");
  EXPECT_EQ(found.product, "nginx");
  EXPECT_EQ(found.version, "1.22.1");
  EXPECT_EQ(found.info, "Lab & Portal");
  EXPECT_EQ(fake.connections, 1U);  // that on which it waited for a greeting
  EXPECT_NE(fake.heard.find("\r\nHost: web1.lab:1234\r\n"), std::string::npos);
  EXPECT_LT(host.took, 250ms);
}

TEST(ServiceProber, WaitsForASlowPage) {
  FakeHost host;
  host.serve(1234, {.answers = {{"GET / ", k_fake_page}}, .thinks = 3s});
  EXPECT_EQ(host.find_one(1234).product, "nginx");
}

TEST(ServiceProber, AsksForThePageOfAnErrorToo) {
  FakeHost host;
  const std::string bad = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n";
  host.serve(6379, {.answers = {{"GET / ", k_fake_page}, {"*1\r\n", bad}, {"*2\r\n", bad}}});
  EXPECT_EQ(host.find_one(6379).info, "Lab & Portal");
}

// Each service of the table, on a port that says nothing about it, with its sample for an answer.
TEST(ServiceProber, KnowsEverySampleOnAWrongPort) {
  FakeHost host;
  std::vector<std::uint16_t> ports;
  std::vector<const ServiceSample*> samples;
  for (const ServiceSample& sample : service_samples()) {
    const ServiceProbe& probe = *service_probe(sample.probe);
    const ServiceMatch& match = probe.matches[sample.match];
    const bool asked_for_by_itself = probe.server_first || probe.intensity <= 7;
    const bool plain = match.then.empty() || match.then == "http";
    if (probe.transport != ScanProtocol::tcp || !asked_for_by_itself || !plain) continue;
    const auto port = static_cast<std::uint16_t>(21'000 + ports.size());
    const std::string words(sample.bytes);
    ServiceFake fake{.leaves_others = true};
    if (probe.server_first) {
      fake.greeting = words;
    } else {
      const std::string begins(probe.send.substr(0, probe.send.find('{')));
      fake.answers.emplace_back(begins, words);
    }
    host.serve(port, std::move(fake));
    ports.push_back(port);
    samples.push_back(&sample);
  }
  const auto answers = host.find(ports);
  ASSERT_GT(ports.size(), 120U);
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const std::string_view expected =
        service_probe(samples[i]->probe)->matches[samples[i]->match].service;
    ASSERT_TRUE(answers[i].finding) << samples[i]->probe << ": " << samples[i]->bytes;
    EXPECT_EQ(answers[i].finding->service, expected) << samples[i]->bytes;
  }
}

TEST(ServiceProber, LeavesPrintersAlone) {
  FakeHost host;
  const ServiceFake& printer = host.serve(9100, {});
  const auto answers = host.find({9100});
  EXPECT_FALSE(answers[0].asked);
  EXPECT_EQ(printer.connections, 0U);
}

TEST(ServiceProber, AsksPrintersWhereItHasTo) {
  FakeHost host;
  const ServiceFake& printer = host.serve(9100, {.greeting = "@RSYNCD: 31.0\n"});
  EXPECT_EQ(host.find_one(9100, {.allow_ot = true}).service, "rsync");
  EXPECT_EQ(printer.connections, 1U);
}

TEST(ServiceProber, SaysWhatIsClosed) {
  FakeHost host;
  const auto answers = host.find({1234});
  EXPECT_TRUE(answers[0].asked);
  EXPECT_FALSE(answers[0].connected);
  EXPECT_FALSE(answers[0].finding);
}

// --- who is up to no good ------------------------------------------------------------------------

TEST(ServiceProber, IsNotHeldUpByTheSilent) {
  FakeHost host;
  const ServiceFake& fake = host.serve(1234, {});
  const auto answers = host.find({1234});
  EXPECT_TRUE(answers[0].connected);
  EXPECT_FALSE(answers[0].finding);
  EXPECT_LE(host.took, 10s + 1ms);
  EXPECT_LT(fake.connections, 60U);
}

TEST(ServiceProber, IsNotHeldUpByTheSlow) {
  FakeHost host;
  host.serve(1, {.greeting = std::string(1000, 'x'), .between = 1s});
  host.serve(2, {.between = 1s,
                 .answers = {{"GET / ", "HTTP/1.1 200 OK\r\nX: " + std::string(1000, 'x')}}});
  const auto answers = host.find({1, 2});
  EXPECT_FALSE(answers[0].finding);
  EXPECT_LE(host.took, 10s + 1ms);
}

TEST(ServiceProber, IsNotHeldUpByWhoeverNeverEnds) {
  FakeHost host;
  const ServiceFake& fake = host.serve(1, {.babbles = true});
  host.serve(2, {.greeting = "HTTP/1.1 200 OK\r\n\r\n", .babbles = true});
  const auto answers = host.find({1, 2});
  EXPECT_FALSE(answers[0].finding);
  EXPECT_EQ(fake.connections, 1U);
  EXPECT_EQ(answers[1].finding->service, "http");
  EXPECT_LT(host.took, 3s);
}

TEST(ServiceProber, DoesNotInsistWhereItIsHungUpOn) {
  FakeHost host;
  const ServiceFake& fake = host.serve(1234, {.leaves_first = true});
  const auto answers = host.find({1234});
  EXPECT_FALSE(answers[0].finding);
  EXPECT_LE(fake.connections, 4U);
  EXPECT_LT(host.took, 1s);
}

TEST(ServiceProber, IsNotTakenInByAnEcho) {
  FakeHost host;
  std::vector<std::pair<std::string, std::string>> same;
  for (const ServiceProbe& probe : service_probes()) {
    if (probe.transport != ScanProtocol::tcp || probe.server_first) continue;
    const std::string sent =
        probe_bytes(probe, {.host = host.pair.server.address().to_string() + ":1234",
                            .name = host.pair.server.address().to_string()});
    same.emplace_back(sent, sent);
  }
  host.serve(1234, {.answers = same});
  EXPECT_EQ(host.find_one(1234).service, "echo");
}

TEST(ServiceProber, AsksManyAtATimeAndNotMore) {
  FakeHost host;
  std::vector<std::uint16_t> ports;
  for (std::uint16_t port = 1000; port < 1020; ++port) {
    host.serve(port, {.answers = {{"GET / ", k_fake_page}}, .thinks = 1s});
    ports.push_back(port);
  }
  const auto answers = host.find(ports, {.intensity = 1, .at_once = 5});
  for (const ServiceAnswer& answer : answers) EXPECT_EQ(answer.finding->service, "http");
  EXPECT_GT(host.took, 4s);
  EXPECT_LT(host.took, 6s);
}

TEST(ServiceProber, WaitsForDescriptors) {
  FakeHost host;
  host.serve(1000, {.greeting = "@RSYNCD: 31.0\n"});
  host.pair.client.faults() = {.descriptors = 0};
  host.world.at(1s, [&host] { host.pair.client.faults() = {}; });
  EXPECT_EQ(host.find_one(1000).service, "rsync");
}

TEST(ServiceProber, KeepsWhatItHasWhenItIsCancelled) {
  FakeHost host;
  host.serve(1000, {.greeting = "@RSYNCD: 31.0\n"});
  host.serve(1001, {});
  std::vector<ServiceTarget> targets;
  for (const std::uint16_t port : std::vector<std::uint16_t>{1000, 1001, 1001}) {
    targets.push_back({.address = host.pair.server.address(),
                       .port = {.protocol = ScanProtocol::tcp, .number = port}});
  }
  const ServiceOptions options{.at_once = 2};
  std::vector<ServiceAnswer> answers;
  ServiceMeter meter(targets.size(), options.at_once, options.budget);
  host.pair.client.run(with_deadline(Deadline(host.world.now() + 1s),
                                     find_services(targets, options, answers, meter)));
  sim::run(host.world);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].finding->service, "rsync");
  EXPECT_FALSE(answers[1].finding);
}

// --- UDP -----------------------------------------------------------------------------------------

// Answers what begins like the probe with its sample; the first time not at all.
Task<Result<>> answer_udp(std::uint16_t port, std::string_view answer) {
  auto socket = UdpSocket::bind(Endpoint(IpAddress::any(Family::v4), port));
  if (!socket) co_return socket.error();
  std::array<std::byte, 2000> memory;
  for (int heard = 0;; ++heard) {
    const auto question = co_await socket->receive_from(memory);
    if (!question) co_return question.error();
    EXPECT_EQ(question->text(), udp_probe(port)->send);
    if (heard == 0) continue;
    if (const auto sent = co_await socket->send_to(answer, question->peer); !sent) co_return sent;
  }
}

TEST(ServiceProber, AsksUdpPortsThatItHasAPayloadFor) {
  FakeHost host;
  std::vector<ServiceTarget> targets;
  for (const ServiceSample& sample : service_samples()) {
    const ServiceProbe& probe = *service_probe(sample.probe);
    if (probe.transport != ScanProtocol::udp || sample.match != 0) continue;
    if (probe.send.find('{') != probe.send.npos || udp_probe(probe.ports[0]) != &probe) continue;
    host.pair.server.serve(answer_udp(probe.ports[0], sample.bytes));
    targets.push_back({.address = host.pair.server.address(),
                       .port = {.protocol = ScanProtocol::udp, .number = probe.ports[0]}});
  }
  ASSERT_GE(targets.size(), 10U);
  targets.push_back({.address = host.pair.server.address(),
                     .port = {.protocol = ScanProtocol::udp, .number = 9}});
  std::vector<ServiceAnswer> answers;
  const ServiceOptions options;
  ServiceMeter meter(targets.size(), options.at_once, options.budget);
  host.pair.client.run(find_services(targets, options, answers, meter));
  sim::run(host.world);
  EXPECT_EQ(meter.done(), targets.size());
  for (std::size_t i = 0; i + 1 < targets.size(); ++i) {
    ASSERT_TRUE(answers[i].finding) << targets[i].port.number;
    EXPECT_EQ(answers[i].finding->service, udp_probe(targets[i].port.number)->service);
  }
  EXPECT_TRUE(answers.back().asked);
  EXPECT_FALSE(answers.back().finding);
}

}  // namespace
}  // namespace patchbay
