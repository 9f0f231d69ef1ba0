#include "patchbay/net/address.hpp"

#include <gtest/gtest.h>
#include <net/if.h>
#include <sys/un.h>

#include <cstring>
#include <set>
#include <string>
#include <vector>

namespace patchbay {
namespace {

using namespace std::string_literals;

IpAddress ip(std::string_view text) {
  const auto address = IpAddress::parse(text);
  EXPECT_TRUE(address) << text;
  return address ? *address : IpAddress();
}

TEST(IpAddress, IsReadAndWrittenInOneForm) {
  const std::vector<std::pair<std::string, std::string>> forms = {
      {"192.0.2.1", "192.0.2.1"},
      {"0.0.0.0", "0.0.0.0"},
      {"255.255.255.255", "255.255.255.255"},
      {"::", "::"},
      {"::1", "::1"},
      {"[::1]", "::1"},
      {"2001:DB8::A", "2001:db8::a"},
      {"2001:0db8:0000:0000:0000:0000:0000:0001", "2001:db8::1"},
      {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},  // RFC 5952: one zero field stays
      {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},           // the longest run is shortened
      {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},     // the first of equal ones
      {"::ffff:192.0.2.1", "::ffff:192.0.2.1"},
      {"::ffff:c000:201", "::ffff:192.0.2.1"},
      {"fe80::1%lo", "fe80::1%lo"},
      {"[fe80::1%lo]", "fe80::1%lo"},
      {"fe80::1%4000000000", "fe80::1%4000000000"},  // an interface that may come yet
  };
  for (const auto& [text, written] : forms) {
    const IpAddress address = ip(text);
    EXPECT_EQ(address.to_string(), written) << text;
    EXPECT_EQ(ip(written), address) << text;
  }
}

TEST(IpAddress, TakesTheNumberOfAnInterfaceForItsName) {
  const unsigned index = ::if_nametoindex("lo");
  ASSERT_NE(index, 0U);
  const IpAddress address = ip("fe80::1%" + std::to_string(index));
  EXPECT_EQ(address.scope(), index);
  EXPECT_EQ(address, ip("fe80::1%lo"));
  EXPECT_NE(address, ip("fe80::1"));
}

TEST(IpAddress, RefusesWhatIsNoAddress) {
  const std::vector<std::string> junk = {
      "",
      " ",
      "localhost",
      "10.1",
      "1.2.3",
      "1.2.3.4.5",
      "256.0.0.1",
      "01.2.3.4",
      "1.2.3.-4",
      " 1.2.3.4",
      "1.2.3.4 ",
      "0x7f.0.0.1",
      "1.2.3.4%lo",
      "[1.2.3.4]",
      "1.2.3.4/24",
      ":::",
      ":1",
      "1:",
      "::1::",
      "12345::",
      "g::",
      "1:2:3:4:5:6:7",
      "[::1",
      "::1]",
      "[]",
      "::1/128",
      "1:2:3:4:5:6:7:8:9",
      "::%",
      "fe80::1%",
      "fe80::1%no-such-if",
      "fe80::1%lo:80",
      "fe80::1%0",
      "fe80::1%-1",
      "::256.0.0.1",
      "1.2.3.4\0"s,
      "::1\0x"s,
      "fe80::1%lo\0x"s,
  };
  for (const std::string& text : junk) {
    const auto address = IpAddress::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_EQ(address.error().fault(), Fault::protocol) << text;
    EXPECT_FALSE(address.error().remedy().empty()) << text;
  }
}

TEST(IpAddress, KnowsItsKind) {
  EXPECT_TRUE(ip("0.0.0.0").is_any());
  EXPECT_TRUE(ip("::").is_any());
  EXPECT_FALSE(ip("::1").is_any());
  EXPECT_TRUE(ip("127.255.0.1").is_loopback());
  EXPECT_FALSE(ip("128.0.0.1").is_loopback());
  EXPECT_TRUE(ip("::1").is_loopback());
  EXPECT_TRUE(ip("224.0.0.1").is_multicast());
  EXPECT_TRUE(ip("239.255.255.255").is_multicast());
  EXPECT_FALSE(ip("240.0.0.1").is_multicast());
  EXPECT_TRUE(ip("ff02::1").is_multicast());
  EXPECT_TRUE(ip("169.254.9.9").is_link_local());
  EXPECT_FALSE(ip("169.253.9.9").is_link_local());
  EXPECT_TRUE(ip("febf::1").is_link_local());
  EXPECT_FALSE(ip("fec0::1").is_link_local());
  EXPECT_EQ(IpAddress::any(Family::v6), ip("::"));
  EXPECT_EQ(IpAddress::any(Family::v4), ip("0.0.0.0"));
  EXPECT_EQ(IpAddress::loopback(Family::v6), ip("::1"));
  EXPECT_EQ(IpAddress::loopback(Family::v4), ip("127.0.0.1"));
  EXPECT_EQ(ip("192.0.2.1").bytes().size(), 4U);
  EXPECT_EQ(ip("::").bytes().size(), 16U);
}

TEST(IpAddress, OrdersByFamilyThenByValue) {
  const std::set<IpAddress> sorted = {ip("::1"), ip("10.0.0.10"), ip("::"), ip("10.0.0.9")};
  std::string order;
  for (const IpAddress& address : sorted) order += address.to_string() + ' ';
  EXPECT_EQ(order, "10.0.0.9 10.0.0.10 :: ::1 ");
}

TEST(Endpoint, IsReadAndWrittenInOneForm) {
  for (const std::string text :
       {"192.0.2.1:80", "[2001:db8::1]:80", "[fe80::1%lo]:8080", "0.0.0.0:0", "[::]:65535"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    EXPECT_EQ(endpoint->to_string(), text);
  }
  for (const std::string text :
       {"", "80", ":80", "192.0.2.1", "[::1]", "::1", "::1:80x", "localhost:80", "192.0.2.1:65536",
        "192.0.2.1:", "[::1]80", "[192.0.2.1]:80", "192.0.2.1:80:80", "192.0.2.1:+80"}) {
    EXPECT_FALSE(Endpoint::parse(text)) << text;
  }
}

TEST(Endpoint, SurvivesTheKernelsForm) {
  for (const std::string text : {"192.0.2.1:80", "[2001:db8::1]:443", "[fe80::1%lo]:65535"}) {
    const auto endpoint = Endpoint::parse(text);
    ASSERT_TRUE(endpoint) << text;
    sockaddr_storage storage{};
    std::memcpy(&storage, endpoint->native(), endpoint->native_size());
    const Endpoint copy(reinterpret_cast<const sockaddr*>(&storage));
    EXPECT_EQ(copy, *endpoint);
    EXPECT_EQ(copy.address(), endpoint->address());
  }
  sockaddr other{};
  other.sa_family = AF_UNIX;
  EXPECT_EQ(Endpoint(&other), Endpoint());
  EXPECT_EQ(Endpoint().to_string(), "0.0.0.0:0");
}

TEST(Endpoint, OrdersByAddressThenByPort) {
  const auto a = Endpoint::parse("10.0.0.1:90");
  const auto b = Endpoint::parse("10.0.0.2:80");
  const auto c = Endpoint::parse("10.0.0.2:443");
  ASSERT_TRUE(a && b && c);
  EXPECT_LT(*a, *b);
  EXPECT_LT(*b, *c);
  EXPECT_NE(*b, *c);
}

TEST(Endpoint, TellsUnixSocketsApart) {
  sockaddr_un path{.sun_family = AF_UNIX, .sun_path = "/run/x.sock"};
  const auto* const native = reinterpret_cast<const sockaddr*>(&path);
  EXPECT_EQ(describe_native(native, sizeof path), "/run/x.sock");
  EXPECT_EQ(describe_native(native, offsetof(sockaddr_un, sun_path)), "an unnamed socket");
  sockaddr_un hidden{.sun_family = AF_UNIX, .sun_path = "\0abc"};
  EXPECT_EQ(describe_native(reinterpret_cast<const sockaddr*>(&hidden),
                            offsetof(sockaddr_un, sun_path) + 4),
            "@abc");
}

TEST(Port, IsANumberFrom0To65535) {
  for (unsigned port = 0; port <= 65535; ++port) {
    const auto read = parse_port(std::to_string(port));
    ASSERT_TRUE(read) << port;
    ASSERT_EQ(*read, port);
  }
  for (const std::string text : {"", "65536", "99999999999999999999", "-1", "+1", " 1", "1 ",
                                 "0x50", "80a", "http", "8.0"}) {
    const auto read = parse_port(text);
    ASSERT_FALSE(read) << text;
    EXPECT_EQ(read.error().fault(), Fault::protocol);
  }
}

TEST(HostPort, TakesNamesAndAddresses) {
  struct Row {
    std::string text;
    std::string host;
    std::uint16_t port;
    std::string written;
  };
  const std::vector<Row> rows = {
      {"example.com:80", "example.com", 80, "example.com:80"},
      {"192.0.2.1:0", "192.0.2.1", 0, "192.0.2.1:0"},
      {"[::1]:65535", "::1", 65535, "[::1]:65535"},
      {"[fe80::1%lo]:22", "fe80::1%lo", 22, "[fe80::1%lo]:22"},
  };
  for (const Row& row : rows) {
    const auto parts = HostPort::parse(row.text);
    ASSERT_TRUE(parts) << row.text;
    EXPECT_EQ(parts->host, row.host);
    EXPECT_EQ(parts->port, row.port);
    EXPECT_EQ(parts->to_string(), row.written);
  }
}

TEST(HostPort, FillsWhatIsMissingFromTheDefaults) {
  const HostPort defaults{.host = "127.0.0.1", .port = 8080};
  const std::vector<std::pair<std::string, std::string>> rows = {
      {"", "127.0.0.1:8080"},
      {"80", "127.0.0.1:80"},
      {":80", "127.0.0.1:80"},
      {"example.com", "example.com:8080"},
      {"::1", "[::1]:8080"},
      {"[::1]", "[::1]:8080"},
      {"::", "[::]:8080"},
      {"1::2", "[1::2]:8080"},
      {"example.com:0", "example.com:0"},
  };
  for (const auto& [text, written] : rows) {
    const auto parts = HostPort::parse(text, defaults);
    ASSERT_TRUE(parts) << text;
    EXPECT_EQ(parts->to_string(), written) << text;
  }
}

TEST(HostPort, RefusesWhatIsMissingOrJunk) {
  for (const std::string text :
       {"", "example.com", "192.0.2.1", "::1", "[::1]", ":80", "80", ":", "example.com:"}) {
    EXPECT_FALSE(HostPort::parse(text)) << text;
  }
  const HostPort defaults{.host = "127.0.0.1", .port = 8080};
  for (const std::string text :
       {":", "a:", "a:b", "a:65536", "[::1", "[::1]:", "[::1]x", "[::1]80", "[]", "[]:80",
        "[example.com]:80", "[192.0.2.1]:80", "example.com:80:90", "a:b:c", "::1::", "99999"}) {
    const auto parts = HostPort::parse(text, defaults);
    ASSERT_FALSE(parts) << text;
    EXPECT_EQ(parts.error().fault(), Fault::protocol);
    EXPECT_FALSE(parts.error().why().empty());
  }
}

TEST(HostPort, SaysWhereBracketsAreMissing) {
  for (const std::string text : {"::1:45000", "2001:db8::1:50000", "fe80::1%lo:80"}) {
    const auto parts = HostPort::parse(text);
    ASSERT_FALSE(parts) << text;
    EXPECT_EQ(parts.error().why(), "an IPv6 address with a port needs brackets");
  }
}

}  // namespace
}  // namespace patchbay
