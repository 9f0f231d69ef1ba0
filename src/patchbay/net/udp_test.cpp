// UDP options as this kernel makes them.
#include "patchbay/net/conformance/udp_fixture.hpp"

namespace patchbay {
namespace {

class Udp : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(, Udp, testing::Values(EngineCase{"epoll", Loop::make}), engine_name);

Task<> options(Family family) {
  UdpOptions wanted{.reuse_address = true, .reuse_port = true, .broadcast = true, .coalesce = true};
  wanted.ip = {.interface = "lo",
               .receive_buffer_bytes = 50'000,
               .send_buffer_bytes = 60'000,
               .hop_limit = 17,
               .multicast_hop_limit = 9,
               .multicast_loopback = false,
               .multicast_interface = 1,
               .traffic_class = 0x20,
               .fragmentation = Fragmentation::forbid,
               .error_queue = true};
  UdpSocket socket = bound(family, wanted);
  EXPECT_TRUE(socket.connect(*bound(family).local()));
  const auto told = socket.settings();
  CO_ASSERT(told);
  EXPECT_TRUE(told->reuse_address && told->reuse_port && told->broadcast && told->coalesce);
  EXPECT_TRUE(told->error_queue);
  EXPECT_EQ(told->interface, "lo");
  EXPECT_EQ(told->receive_buffer_bytes, 100'000U);  // doubled, as socket(7) says
  EXPECT_EQ(told->send_buffer_bytes, 120'000U);
  EXPECT_EQ(told->hop_limit, 17);
  EXPECT_EQ(told->multicast_hop_limit, 9);
  EXPECT_FALSE(told->multicast_loopback);
  if (family == Family::v6) {
    EXPECT_EQ(told->multicast_interface, 1U);
  }
  EXPECT_EQ(told->traffic_class, 0x20);
  EXPECT_EQ(told->fragmentation, Fragmentation::forbid);
  EXPECT_TRUE(told->path_mtu_bytes && *told->path_mtu_bytes >= 1280);
}
TEST_P(Udp, OptionsAreReadBackAsTheKernelMadeThem) { run_on_both_families(options); }

}  // namespace
}  // namespace patchbay
