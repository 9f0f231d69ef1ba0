#include "patchbay/tools/scan/probe/answer_filter.hpp"

#include <gtest/gtest.h>
#include <linux/if_ether.h>
#include <netinet/in.h>

#include <array>
#include <string>

#include "patchbay/net/sim/bpf.hpp"

namespace patchbay {
namespace {

// A packet behind the header of Ethernet.
struct Sample {
  std::uint16_t ethertype = ETH_P_IP;
  std::uint8_t protocol = IPPROTO_TCP;
  std::uint16_t to_port = 0;
  std::uint8_t icmp_type = 0;
  std::size_t header_words = 5;  // of IPv4
  std::uint16_t fragment = 0;    // offset, in units of 8 bytes
  std::uint32_t interface = 3;
};

std::vector<std::byte> frame_of(const Sample& sample, std::size_t begin) {
  const bool v4 = sample.ethertype == ETH_P_IP;
  const std::size_t header = v4 ? sample.header_words * 4 : 40;
  std::vector<std::byte> bytes(begin + header + 8);
  const auto put = [&](std::size_t at, unsigned value) {
    bytes[begin + at] = static_cast<std::byte>(value);
  };
  put(0, v4 ? 0x40U | static_cast<unsigned>(sample.header_words) : 0x60U);
  put(v4 ? 9 : 6, sample.protocol);
  if (v4) put(6, sample.fragment >> 8), put(7, sample.fragment & 0xff);
  put(header, sample.icmp_type);
  put(header + 2, sample.to_port >> 8);
  put(header + 3, sample.to_port & 0xff);
  return bytes;
}

std::uint32_t kept(const std::vector<sock_filter>& code, const Sample& sample, bool cooked = true) {
  sim::BpfProgram program;
  EXPECT_TRUE(program.load(code));
  const std::vector<std::byte> frame = frame_of(sample, 14);
  return program.run({.frame = frame,
                      .begin = cooked ? std::size_t{14} : 0,
                      .ethertype = sample.ethertype,
                      .interface = sample.interface});
}

const std::vector<sock_filter>& ports_filter() {
  static const auto code = answer_filter({.first_port = 61'000, .last_port = 61'016});
  return code;
}

TEST(AnswerFilter, PassesBothEndsOfThePortsAndNothingBeside) {
  for (const auto ethertype : std::to_array<std::uint16_t>({ETH_P_IP, ETH_P_IPV6})) {
    for (const auto protocol : std::to_array<std::uint8_t>({IPPROTO_TCP, IPPROTO_UDP})) {
      for (const bool cooked : {false, true}) {
        const auto passes = [&](std::uint16_t port) {
          return kept(ports_filter(),
                      {.ethertype = ethertype, .protocol = protocol, .to_port = port}, cooked) != 0;
        };
        EXPECT_FALSE(passes(60'999));
        EXPECT_TRUE(passes(61'000));
        EXPECT_TRUE(passes(61'016));
        EXPECT_FALSE(passes(61'017));
        EXPECT_FALSE(passes(80));
      }
    }
  }
}

TEST(AnswerFilter, FindsPortsBehindOptionsAndNotInLaterFragments) {
  EXPECT_NE(kept(ports_filter(), {.to_port = 61'003, .header_words = 15}), 0U);
  EXPECT_EQ(kept(ports_filter(), {.to_port = 61'003, .fragment = 1}), 0U);
  EXPECT_NE(kept(ports_filter(), {.to_port = 61'003, .fragment = 0x2000}),
            0U);  // the first of some
}

TEST(AnswerFilter, PassesErrorsAndEchoRepliesAndNoRequests) {
  const auto passes = [](std::uint16_t ethertype, std::uint8_t protocol, std::uint8_t type) {
    return kept(ports_filter(),
                {.ethertype = ethertype, .protocol = protocol, .icmp_type = type}) != 0;
  };
  for (const auto type : std::to_array<std::uint8_t>({0, 3, 11, 12})) {
    EXPECT_TRUE(passes(ETH_P_IP, IPPROTO_ICMP, type)) << int{type};
  }
  for (const auto type : std::to_array<std::uint8_t>({5, 8, 13}))
    EXPECT_FALSE(passes(ETH_P_IP, IPPROTO_ICMP, type));
  for (const auto type : std::to_array<std::uint8_t>({1, 2, 3, 4, 129, 136})) {
    EXPECT_TRUE(passes(ETH_P_IPV6, IPPROTO_ICMPV6, type)) << int{type};
  }
  for (const auto type : std::to_array<std::uint8_t>({128, 134, 135, 143})) {
    EXPECT_FALSE(passes(ETH_P_IPV6, IPPROTO_ICMPV6, type)) << int{type};
  }
}

TEST(AnswerFilter, PassesArpAndHeadersOfIPv6ThatItDoesNotKnow) {
  EXPECT_NE(kept(ports_filter(), {.ethertype = ETH_P_ARP}), 0U);
  EXPECT_EQ(kept(ports_filter(), {.ethertype = ETH_P_8021Q}), 0U);
  EXPECT_NE(kept(ports_filter(), {.ethertype = ETH_P_IPV6, .protocol = IPPROTO_HOPOPTS}), 0U);
  EXPECT_EQ(kept(ports_filter(), {.ethertype = ETH_P_IPV6, .protocol = IPPROTO_ESP}), 0U);
  EXPECT_EQ(kept(ports_filter(), {.protocol = IPPROTO_GRE}), 0U);
}

TEST(AnswerFilter, HearsByTheNamedInterfacesOnly) {
  std::vector<std::uint32_t> interfaces;
  for (std::uint32_t i = 2; i <= 200; i += 2) interfaces.push_back(i);
  const auto code =
      answer_filter({.first_port = 61'000, .last_port = 61'000, .interfaces = interfaces});
  const auto passes = [&](std::uint32_t interface) {
    return kept(code, {.to_port = 61'000, .interface = interface}) != 0;
  };
  EXPECT_TRUE(passes(2));
  EXPECT_TRUE(passes(100));
  EXPECT_TRUE(passes(200));
  EXPECT_FALSE(passes(1));
  EXPECT_FALSE(passes(201));
}

TEST(AnswerFilter, CutsWhatIsLong) {
  EXPECT_EQ(kept(ports_filter(), {.to_port = 61'000}), k_most_answer_bytes);
}

}  // namespace
}  // namespace patchbay
