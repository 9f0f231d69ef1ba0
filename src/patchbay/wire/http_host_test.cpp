#include "patchbay/wire/http_host.hpp"

#include <gtest/gtest.h>

#include <string>

namespace patchbay {
namespace {

TEST(HttpHost, IsANameOrAnAddressWithOrWithoutAPort) {
  for (const char* host : {"",
                           "a",
                           "localhost:8080",
                           "example.com:",
                           "192.0.2.1",
                           "192.0.2.1:80",
                           "a_b.c~d",
                           "a%2eb",
                           "x:65535",
                           "x:0",
                           "[::1]",
                           "[::]:80",
                           "[2001:db8::1]:443",
                           "[1:2:3:4:5:6:7:8]",
                           "[::ffff:192.0.2.1]",
                           "[1:2:3:4:5:6:1.2.3.4]",
                           "[1::8]",
                           "[1:2:3:4:5:6:7::]",
                           "[v1.a:b]",
                           "[VF.~]"}) {
    EXPECT_TRUE(is_host(host)) << host;
  }
}

TEST(HttpHost, IsNothingElse) {
  for (const char* host : {":80",
                           "a b",
                           "a/b",
                           "user@a",
                           "a?b",
                           "a#b",
                           "a,b c",
                           "a\\b",
                           "<a>",
                           "a\"",
                           "a%2",
                           "a%zz",
                           "%",
                           "x:65536",
                           "x:000080",
                           "x:8o",
                           "x:-1",
                           "x:80:80",
                           "x:80 ",
                           " x",
                           "a\tb",
                           "caf\xc3\xa9",
                           "::1",
                           "[",
                           "]",
                           "[]",
                           "[::1",
                           "::1]",
                           "[::1]x",
                           "[::1]80",
                           "[:1]",
                           "[1:]",
                           "[:::]",
                           "[1::2::3]",
                           "[1:2:3:4:5:6:7]",
                           "[1:2:3:4:5:6:7:8:9]",
                           "[1:2:3:4:5:6:7::8]",
                           "[12345::]",
                           "[g::]",
                           "[1.2.3.4]",
                           "[::1.2.3]",
                           "[::1.2.3.256]",
                           "[::1.2.3.04]",
                           "[1.2.3.4::]",
                           "[::1.2.3.4:5]",
                           "[fe80::1%25eth0]",
                           "[fe80::1%eth0]",
                           "[v.a]",
                           "[v1.]",
                           "[vx.a]",
                           "[v1]",
                           "[v1.a]b",
                           "[::1]]",
                           "[[::1]]"}) {
    EXPECT_FALSE(is_host(host)) << host;
  }
}

TEST(HttpHost, TellsItsPort) {
  EXPECT_EQ(port_of("a:80"), "80");
  EXPECT_EQ(port_of("[::1]:80"), "80");
  EXPECT_EQ(port_of("a"), "");
  EXPECT_EQ(port_of("a:"), "");
  EXPECT_EQ(port_of("[::1]"), "");
  EXPECT_EQ(port_of(""), "");
}

TEST(HttpHost, IsTheSameWithTheUsualPortOrWithout) {
  EXPECT_TRUE(same_host("A.example", "a.EXAMPLE", "http"));
  EXPECT_TRUE(same_host("a", "a:80", "http"));
  EXPECT_TRUE(same_host("a:", "a:443", "HTTPS"));
  EXPECT_TRUE(same_host("[::1]:8080", "[::1]:8080", "http"));
  EXPECT_FALSE(same_host("a", "a:443", "http"));
  EXPECT_FALSE(same_host("a", "a:80", "https"));
  EXPECT_FALSE(same_host("a", "b", "http"));
  EXPECT_FALSE(same_host("a:8080", "a:8081", "http"));
}

}  // namespace
}  // namespace patchbay
