#include "patchbay/tools/scan/probe/icmp_reason.hpp"

#include <gtest/gtest.h>

#include "patchbay/wire/icmp_message.hpp"

namespace patchbay {
namespace {

TEST(IcmpReason, TheSameWordsInBothFamilies) {
  EXPECT_EQ(icmp_reason(IpVersion::v4, k_icmp4_unreachable, 3), AnswerReason::port_unreachable);
  EXPECT_EQ(icmp_reason(IpVersion::v6, k_icmp6_unreachable, 4), AnswerReason::port_unreachable);
  EXPECT_EQ(icmp_reason(IpVersion::v4, k_icmp4_unreachable, 13), AnswerReason::admin_prohibited);
  EXPECT_EQ(icmp_reason(IpVersion::v6, k_icmp6_unreachable, 1), AnswerReason::admin_prohibited);
  EXPECT_EQ(icmp_reason(IpVersion::v4, k_icmp4_time_exceeded, 0), AnswerReason::time_exceeded);
  EXPECT_EQ(icmp_reason(IpVersion::v6, k_icmp6_time_exceeded, 0), AnswerReason::time_exceeded);
  EXPECT_EQ(icmp_reason(IpVersion::v4, k_icmp4_unreachable, 99), AnswerReason::other_unreachable);
}

TEST(IcmpReason, WhatIsNoErrorOfThePortSaysNothing) {
  EXPECT_EQ(icmp_reason(IpVersion::v4, k_icmp4_redirect, 1), std::nullopt);
  EXPECT_EQ(icmp_reason(IpVersion::v6, k_icmp6_packet_too_big, 0), std::nullopt);
}

TEST(IcmpReason, OnlyTheHostItselfClosesAPortOfUdp) {
  using enum ScanProtocol;
  EXPECT_EQ(icmp_state(udp, AnswerReason::port_unreachable, true), PortState::closed);
  EXPECT_EQ(icmp_state(udp, AnswerReason::port_unreachable, false), PortState::filtered);
  EXPECT_EQ(icmp_state(udp, AnswerReason::admin_prohibited, true), PortState::filtered);
  EXPECT_EQ(icmp_state(tcp, AnswerReason::port_unreachable, true), PortState::filtered);
}

}  // namespace
}  // namespace patchbay
