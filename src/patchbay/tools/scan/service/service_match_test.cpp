#include "patchbay/tools/scan/service/service_match.hpp"

#include <gtest/gtest.h>

#include "patchbay/tools/scan/service/service_samples_fixture.hpp"

namespace patchbay {
namespace {

const ServiceProbe& probe_of(const ServiceSample& sample) { return *service_probe(sample.probe); }
const ServiceMatch& match_of(const ServiceSample& sample) {
  return probe_of(sample).matches[sample.match];
}

// What was asked where the sample was the answer; null for a greeting.
const ServiceProbe* asked_for(const ServiceSample& sample) {
  const ServiceProbe& probe = probe_of(sample);
  return probe.server_first ? nullptr : &probe;
}

std::optional<ServiceVerdict> verdict_on(std::string_view asked, std::string_view reply) {
  ServiceMatcher matcher;
  return matcher.match(asked.empty() ? nullptr : service_probe(asked), {}, reply);
}

// --- the whole table -----------------------------------------------------------------------------

TEST(ServiceSamples, GiveWhatTheyHaveTo) {
  ServiceMatcher matcher;
  for (const ServiceSample& sample : service_samples()) {
    const ServiceMatch& match = match_of(sample);
    SCOPED_TRACE(std::string(sample.probe) + ": " + std::string(match.regex));
    const auto verdict = matcher.match(asked_for(sample), {}, sample.bytes);
    // What only leads to the very question it answers says nothing.
    if (match.service.empty() && match.then == sample.probe) {
      EXPECT_FALSE(verdict);
      continue;
    }
    ASSERT_TRUE(verdict);
    EXPECT_EQ(verdict->finding.service, match.service);
    if (!match.product.empty()) EXPECT_EQ(verdict->finding.product, match.product);
    const bool leads = !match.then.empty() && match.then != sample.probe;
    EXPECT_EQ(verdict->then, leads ? service_probe(match.then) : nullptr);
    if (!sample.gives) continue;
    if (!sample.product.empty()) EXPECT_EQ(verdict->finding.product, sample.product);
    EXPECT_EQ(verdict->finding.version, sample.version);
    if (match.info.empty()) EXPECT_EQ(verdict->finding.info, sample.info);
  }
}

TEST(ServiceSamples, AreOfEveryMatch) {
  std::size_t matches = 0;
  for (const ServiceProbe& probe : service_probes()) matches += probe.matches.size();
  std::size_t samples = 0;
  for (const ServiceSample& sample : service_samples()) samples += sample.gives ? 1 : 0;
  EXPECT_EQ(samples, matches);
}

// None wrong: what says by itself who it is, is known for that whatever it was asked before.
TEST(ServiceSamples, AreTakenForNobodyElse) {
  ServiceMatcher matcher;
  std::size_t asked = 0;
  for (const ServiceSample& sample : service_samples()) {
    const ServiceMatch& match = match_of(sample);
    if (!match.anywhere || probe_of(sample).transport != ScanProtocol::tcp) continue;
    for (const ServiceProbe& probe : service_probes()) {
      if (probe.server_first || probe.transport != ScanProtocol::tcp) continue;
      if (match.service.empty() && match.then == probe.id) continue;
      const auto verdict = matcher.match(&probe, {}, sample.bytes);
      ++asked;
      ASSERT_TRUE(verdict) << sample.probe << " after " << probe.id;
      EXPECT_EQ(verdict->finding.service, match.service) << sample.probe << " after " << probe.id;
    }
  }
  EXPECT_GT(asked, 3000U);
}

// A beginning of a reply says nothing, or the same.
TEST(ServiceSamples, MayComeByteByByte) {
  ServiceMatcher matcher;
  for (const ServiceSample& sample : service_samples()) {
    const ServiceMatch& match = match_of(sample);
    for (std::size_t size = 1; size < sample.bytes.size(); ++size) {
      const auto verdict = matcher.match(asked_for(sample), {}, sample.bytes.substr(0, size));
      if (!verdict || verdict->finding.service.empty() || match.service.empty()) continue;
      const std::string& service = verdict->finding.service;
      // Above HTTP and RPC there are services that only the end of an answer tells.
      if (service == "http" || service == "rpc" || service == "tls") continue;
      EXPECT_EQ(service, match.service)
          << sample.probe << ": " << sample.bytes.substr(0, size) << "\n"
          << match.regex;
    }
  }
}

// An echo server says to each what it wants to hear.
TEST(ServiceSamples, AreNoEchoes) {
  ServiceMatcher matcher;
  for (const ServiceProbe& probe : service_probes()) {
    if (probe.server_first) continue;
    const std::string sent = probe_bytes(probe, {.host = "10.0.0.1:7", .name = "10.0.0.1"});
    const auto verdict = matcher.match(&probe, sent, sent);
    EXPECT_EQ(verdict ? verdict->finding.service : "", sent.size() < 8 ? "" : "echo") << probe.id;
    EXPECT_FALSE(matcher.match(&probe, sent, sent.substr(0, sent.size() / 2))) << probe.id;
  }
}

// --- one by one ----------------------------------------------------------------------------------

TEST(ServiceMatcher, SaysNothingOfNothing) {
  EXPECT_FALSE(verdict_on("", ""));
  EXPECT_FALSE(verdict_on("http", ""));
  EXPECT_FALSE(verdict_on("", "hello\r\n"));
  EXPECT_FALSE(verdict_on("", std::string(100'000, 'x')));
  EXPECT_FALSE(verdict_on("", std::string(100'000, '\0')));
}

TEST(ServiceMatcher, BoundsWhatItTakes) {
  const auto verdict = verdict_on("", "SSH-2.0-" + std::string(3000, 'x') + "\r\n");
  ASSERT_TRUE(verdict);
  EXPECT_EQ(verdict->finding.product.size(), 256U);
  EXPECT_FALSE(verdict_on("", "SSH-2.0-" + std::string(5000, 'x') + "\r\n"));
}

TEST(ServiceMatcher, TellsFtpFromMail) {
  EXPECT_EQ(verdict_on("", "220 hello\r\n")->then, service_probe("smtp-ehlo"));
  EXPECT_EQ(verdict_on("smtp-ehlo", "250 hello\r\n")->finding.service, "smtp");
  EXPECT_EQ(verdict_on("smtp-ehlo", "500 what?\r\n")->then, service_probe("ftp-feat"));
  EXPECT_EQ(verdict_on("ftp-feat", "211-Features:\r\n")->finding.service, "ftp");
  EXPECT_FALSE(verdict_on("ftp-feat", "500 what?\r\n"));
}

TEST(ServiceMatcher, FollowsOnlyWhatWasNotAsked) {
  constexpr std::string_view k_answer = "HTTP/1.1 200 OK\r\n\r\n";
  EXPECT_EQ(verdict_on("redis", k_answer)->then, service_probe("http"));
  EXPECT_EQ(verdict_on("http", k_answer)->then, nullptr);
}

TEST(ServiceMatcher, HearsOfUdpOnlyWhatWasAsked) {
  EXPECT_FALSE(verdict_on("ntp", "SSH-2.0-OpenSSH_9.2p1\r\n"));
  EXPECT_FALSE(verdict_on("ntp", "pb\x80"));
}

TEST(ReadableLine, IsALineForPeople) {
  EXPECT_EQ(readable_line("hello there\r\nmore"), "hello there");
  EXPECT_EQ(readable_line("gr\xc3\xbc\xc3\x9f\n"), "gr\xc3\xbc\xc3\x9f");
  EXPECT_EQ(readable_line("unfinished"), "");
  EXPECT_EQ(readable_line("\r\nhello\r\n"), "");
  EXPECT_EQ(readable_line("\x1b[31mred\r\n"), "");
  EXPECT_EQ(readable_line("\xff\xfe\r\n"), "");
  EXPECT_EQ(readable_line(std::string(500, 'x') + "\n").size(), 120U);
}

}  // namespace
}  // namespace patchbay
