#include "patchbay/tools/chat/chat_doorkeeper.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

class Doorkeeper : public testing::Test {
 protected:
  static IpAddress at(std::string_view text) { return *IpAddress::parse(text); }

  // Empty: it was let in.
  std::string admit(std::string_view address) {
    auto ticket = keeper_.admit(at(address), limits_);
    if (!ticket) return ticket.error();
    tickets_.push_back(std::move(*ticket));
    return {};
  }

  std::unique_ptr<Loop> loop_ = *Loop::make();
  LoopGuard guard_{*loop_};
  ChatDoorkeeper keeper_;
  ChatLimits limits_ = {.clients = 8, .clients_per_address = 3, .waiting_per_address = 2};
  std::vector<ChatDoorkeeper::Ticket> tickets_;
};

TEST_F(Doorkeeper, CountsThoseOfAnAddressWhoHaveNoNameYet) {
  EXPECT_EQ(admit("192.0.2.1"), "");
  EXPECT_EQ(admit("192.0.2.1"), "");
  EXPECT_NE(admit("192.0.2.1"), "");
  EXPECT_EQ(admit("192.0.2.2"), "") << "another address";
  tickets_[0].come_in();
  tickets_[0].come_in();
  EXPECT_EQ(keeper_.waiting(), 2U);
  EXPECT_EQ(admit("192.0.2.1"), "");
}

TEST_F(Doorkeeper, CountsTheClientsOfAnAddress) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(admit("192.0.2.1"), "");
    tickets_.back().come_in();
  }
  EXPECT_EQ(admit("192.0.2.1"), "Too many connections from your address");
  tickets_.pop_back();
  EXPECT_EQ(admit("192.0.2.1"), "");
}

TEST_F(Doorkeeper, CountsIpv6ByTheNetwork) {
  EXPECT_EQ(admit("2001:db8::1"), "");
  EXPECT_EQ(admit("2001:db8::ffff:2"), "");
  EXPECT_NE(admit("2001:db8::3"), "");
  EXPECT_EQ(admit("2001:db8:0:1::1"), "");
}

TEST_F(Doorkeeper, LetsThisHostInUntilTheServerIsFull) {
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(admit("127.0.0.1"), "");
    EXPECT_EQ(admit("::1"), "");
  }
  EXPECT_EQ(admit("127.0.0.1"), "This server is full");
  EXPECT_EQ(admit("192.0.2.1"), "This server is full");
}

TEST_F(Doorkeeper, ForgetsWhoHasLeft) {
  EXPECT_EQ(admit("192.0.2.1"), "");
  EXPECT_EQ(admit("2001:db8::1"), "");
  EXPECT_EQ(keeper_.addresses(), 2U);
  ChatDoorkeeper::Ticket moved = std::move(tickets_.front());
  tickets_.clear();
  EXPECT_EQ(keeper_.addresses(), 1U);
  moved = {};
  EXPECT_EQ(keeper_.addresses(), 0U);
  EXPECT_EQ(keeper_.clients(), 0U);
  EXPECT_EQ(keeper_.waiting(), 0U);
}

TEST_F(Doorkeeper, ShowsAddressesOrHidesThem) {
  EXPECT_EQ(keeper_.host_of(at("192.0.2.1"), true), "192.0.2.1");
  EXPECT_EQ(keeper_.host_of(at("::1"), true), "0::1") << "a line of IRC would end there";
  const std::string hidden = keeper_.host_of(at("192.0.2.1"), false);
  EXPECT_FALSE(hidden.contains("192"));
  EXPECT_TRUE(hidden.ends_with(".hidden"));
  EXPECT_EQ(keeper_.host_of(at("192.0.2.1"), false), hidden);
  EXPECT_NE(keeper_.host_of(at("192.0.2.2"), false), hidden);
  EXPECT_EQ(keeper_.host_of(at("2001:db8::1"), false), keeper_.host_of(at("2001:db8::2"), false))
      << "a ban holds for the network";
  EXPECT_NE(ChatDoorkeeper().host_of(at("192.0.2.1"), false), hidden) << "another key";
}

}  // namespace
}  // namespace patchbay
