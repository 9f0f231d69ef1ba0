// Namespaces, their devices and the packets between them. Needs root; otherwise the tests are
// skipped and say so.
#include "patchbay/net/tun.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "patchbay/base/text.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

InterfaceAddress address(const char* text, int prefix_length) {
  return {*IpAddress::parse(text), prefix_length};
}

class InTwoNamespaces : public testing::Test {
 protected:
  void SetUp() override {
    auto left = NetworkNamespace::make();
    // Without the right there is nothing to try; any other failure is one.
    if (!left && left.error().fault() == Fault::permission) {
      GTEST_SKIP() << left.error().describe();
    }
    ASSERT_TRUE(left) << left.error().describe();
    auto right = NetworkNamespace::make();
    ASSERT_TRUE(right) << right.error().describe();
    left_.emplace(std::move(*left));
    right_.emplace(std::move(*right));
  }
  const NetworkNamespace& left() const { return *left_; }
  const NetworkNamespace& right() const { return *right_; }

  static std::vector<Interface> interfaces(const NetworkNamespace& where) {
    std::vector<Interface> found;
    const auto done = where.run_inside([&]() -> Result<> {
      auto loop = Loop::make();
      if (!loop) return loop.error();
      found = *(*loop)->engine().interfaces();
      return ok();
    });
    EXPECT_TRUE(done) << done.error().describe();
    return found;
  }

 private:
  std::optional<NetworkNamespace> left_, right_;
};

const Interface* named(const std::vector<Interface>& interfaces, const char* name) {
  const auto found = std::ranges::find(interfaces, name, &Interface::name);
  return found == interfaces.end() ? nullptr : &*found;
}

TEST(NetworkNamespace, TellsWhatIsNone) {
  for (const char* which : {"", ".", "..", "no-such-namespace", "99999999", "/no/such/path"}) {
    const auto opened = NetworkNamespace::open(which);
    ASSERT_FALSE(opened) << which;
    EXPECT_EQ(opened.error().fault(), Fault::unreachable) << which;
  }
  for (const char* which : {"/dev/null", "/proc/self/ns/mnt"}) {
    const auto opened = NetworkNamespace::open(which);
    ASSERT_FALSE(opened) << which;
    EXPECT_EQ(opened.error().fault(), Fault::protocol) << which;
  }
}

TEST(NetworkNamespace, IsFoundByProcessAndByPath) {
  const auto here = NetworkNamespace::current();
  ASSERT_TRUE(here);
  EXPECT_EQ(*NetworkNamespace::open(std::to_string(::getpid())), *here);
  EXPECT_EQ(*NetworkNamespace::open("/proc/self/ns/net"), *here);
}

TEST_F(InTwoNamespaces, WorkInsideEndsWithItsThread) {
  const auto here = NetworkNamespace::current();
  ASSERT_TRUE(left().run_inside([&]() -> Result<> {
    EXPECT_EQ(NetworkNamespace::current()->inode(), left().inode());
    return ok();
  }));
  EXPECT_EQ(*NetworkNamespace::current(), *here);
  EXPECT_FALSE(left() == right());
  const auto failed = left().run_inside([] { return Result<>(Error(Fault::limit, "try")); });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().fault(), Fault::limit);
}

TEST_F(InTwoNamespaces, ANameIsGivenOnceAndTakenFromItsOwnerAlone) {
  const std::string name = "pblab-test-" + std::to_string(::getpid());
  ASSERT_TRUE(left().give_name(name));
  EXPECT_EQ(NetworkNamespace::open(name)->inode(), left().inode());
  EXPECT_EQ(std::ranges::count(namespace_names(), name), 1);
  EXPECT_EQ(right().give_name(name).error().code(), EEXIST);
  ASSERT_TRUE(NetworkNamespace::remove_name(name, *right().cookie()));
  EXPECT_TRUE(NetworkNamespace::open(name));
  ASSERT_TRUE(NetworkNamespace::remove_name(name, *left().cookie()));
  EXPECT_FALSE(NetworkNamespace::open(name));
  EXPECT_TRUE(NetworkNamespace::remove_name(name, *left().cookie()));
}

TEST_F(InTwoNamespaces, ACableJoinsThem) {
  ASSERT_TRUE(left().run_inside([&]() -> Result<> {
    auto control = Rtnetlink::open();
    if (!control) return control.error();
    const auto made = control->add_veth("to-right", "to-left", right());
    if (!made) return made;
    EXPECT_EQ(control->add_veth("to-right", "other", right()).error().code(), EEXIST);
    const auto up = control->set_up("to-right", {.mtu_bytes = 1400});
    if (!up) return up;
    const auto added = control->add_address("to-right", address("192.0.2.1", 30));
    if (!added) return added;
    EXPECT_EQ(control->add_address("to-right", address("192.0.2.1", 30)).error().code(), EEXIST);
    EXPECT_EQ(control->set_up("no-such").error().code(), ENODEV);
    EXPECT_TRUE(control->counters("to-right"));
    return control->add_route(address("198.51.100.0", 24), *IpAddress::parse("192.0.2.2"));
  }));
  const auto here = interfaces(left());
  const Interface* const device = named(here, "to-right");
  ASSERT_NE(device, nullptr);
  EXPECT_TRUE(device->up);
  EXPECT_EQ(device->mtu_bytes, 1400);
  ASSERT_EQ(device->addresses.size(), 1U);  // the link is not up at both ends
  EXPECT_EQ(device->addresses[0].address.to_string(), "192.0.2.1");
  EXPECT_NE(named(interfaces(right()), "to-left"), nullptr);
}

// An IPv4 packet of protocol 253, which is for experiments (RFC 3692).
std::array<std::uint8_t, 24> packet_from_right_to_left() {
  std::array<std::uint8_t, 24> packet{0x45, 0, 0, 24, 0,   0, 0, 0, 64,  253, 0,   0,
                                      192,  0, 2, 2,  192, 0, 2, 1, 'w', 'o', 'r', 'd'};
  unsigned sum = 0;
  for (std::size_t i = 0; i < 20; i += 2)
    sum += static_cast<unsigned>(packet[i] << 8 | packet[i + 1]);
  sum = ~((sum & 0xffff) + (sum >> 16));
  packet[10] = static_cast<std::uint8_t>(sum >> 8);
  packet[11] = static_cast<std::uint8_t>(sum);
  return packet;
}

Result<> send_raw(int socket, const char* to, std::string_view text) {
  const Endpoint target(*IpAddress::parse(to), 0);
  const ssize_t sent =
      ::sendto(socket, text.data(), text.size(), 0, target.native(), target.native_size());
  if (sent < 0) return Error::from_errno(errno, "send");
  return ok();
}

// The first packet of IPv4: IPv6 tells its neighbours what it listens to, on its own.
Task<> carry_one(Tun& tun, std::vector<std::byte>& seen, bool& sent) {
  constexpr std::byte version_4{0x45};
  std::array<std::byte, 2000> memory;
  do {
    const auto size = co_await tun.receive(memory, Deadline::after(20s));
    if (!size) co_return;
    seen.assign(memory.begin(), memory.begin() + static_cast<std::ptrdiff_t>(*size));
  } while (seen.front() != version_4);
  const auto packet = packet_from_right_to_left();
  const auto done = co_await tun.send(std::as_bytes(std::span(packet)));
  sent = done && *done == packet.size();
}

TEST_F(InTwoNamespaces, ATunCarriesPacketsBothWays) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  const LoopGuard guard(**loop);
  auto tun = Tun::open(left(), {.name = "wire%d",
                                .addresses = {address("192.0.2.1", 30), address("fd00:2::1", 64)}});
  ASSERT_TRUE(tun) << tun.error().describe();
  EXPECT_EQ(tun->name(), "wire0");
  const auto here = interfaces(left());
  ASSERT_NE(named(here, "wire0"), nullptr);
  EXPECT_EQ(named(here, "wire0")->addresses.size(), 2U);  // and no link-local one

  int socket = -1;
  ASSERT_TRUE(left().run_inside([&]() -> Result<> {
    socket = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, 253);
    if (socket < 0) return Error::from_errno(errno, "open a raw socket");
    return send_raw(socket, "192.0.2.2", "question");
  }));
  std::vector<std::byte> seen;
  bool sent = false;
  (*loop)->run(carry_one(*tun, seen, sent));
  ASSERT_EQ(seen.size(), 28U);
  EXPECT_EQ(as_text(std::span(seen).subspan(20)), "question");
  EXPECT_TRUE(sent);
  char answer[100];
  const ssize_t size = ::recv(socket, answer, sizeof answer, MSG_DONTWAIT);
  ASSERT_EQ(size, 24);
  EXPECT_EQ(std::string_view(answer + 20, 4), "word");
  ::close(socket);

  EXPECT_EQ(Tun::open(left(), {.name = "wire0"}).error().code(), EBUSY);
  EXPECT_EQ(Tun::open(left(), {.name = "sixteen-letters-"}).error().fault(), Fault::limit);
}

TEST_F(InTwoNamespaces, ATunEndsWithItsObject) {
  auto loop = Loop::make();
  ASSERT_TRUE(loop);
  const LoopGuard guard(**loop);
  {
    const auto tun = Tun::open(left(), {.name = "short"});
    ASSERT_TRUE(tun) << tun.error().describe();
    EXPECT_NE(named(interfaces(left()), "short"), nullptr);
  }
  EXPECT_EQ(named(interfaces(left()), "short"), nullptr);
}

}  // namespace
}  // namespace patchbay
