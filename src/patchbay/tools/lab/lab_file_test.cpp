#include "patchbay/tools/lab/lab_file.hpp"

#include <gtest/gtest.h>

namespace patchbay {
namespace {

constexpr const char* k_whole = R"(
seed = 7
hosts = ["client", "router", "server"]

[[links]]
between = ["client", "router"]
delay = "50ms"
loss = "1%"
loss_burst = 8
back = { delay = "10ms", rate = "8Mbit/s" }

[[links]]
between = ["router", "server"]
network = "192.0.2.0/30"
mtu = 9000

[[programs]]
host = "server"
run = "echo listening; sleep 9"
ready = "listening"
background = true

[[programs]]
host = "client"
run = ["ping", "-c", "3", "server"]
)";

TEST(LabFile, IsReadWhole) {
  const auto file = parse_lab_file(k_whole, "some/where/two hops.toml");
  ASSERT_TRUE(file) << file.error().what << ": " << file.error().why;
  EXPECT_EQ(file->name, "two-hops");
  EXPECT_EQ(file->seed, 7U);
  EXPECT_EQ(file->hosts, (std::vector<std::string>{"client", "router", "server"}));
  ASSERT_EQ(file->links.size(), 2U);
  const LabFileLink& first = file->links[0];
  EXPECT_EQ(first.left, 0U);
  EXPECT_EQ(first.right, 1U);
  EXPECT_EQ(first.there.delay, 50ms);
  EXPECT_EQ(first.there.loss, 0.01);
  EXPECT_EQ(first.there.burst_packets, 8);
  EXPECT_EQ(first.back.delay, 10ms);
  EXPECT_EQ(first.back.loss, 0.01);  // what back does not name is as on the way there
  EXPECT_EQ(first.back.rate_bits_per_second, 8'000'000U);
  EXPECT_EQ(first.there.rate_bits_per_second, 0U);
  EXPECT_TRUE(file->links[1].there.perfect());
  EXPECT_EQ(file->links[1].mtu_bytes, 9000);
  EXPECT_EQ(file->links[1].networks.size(), 1U);
  ASSERT_EQ(file->programs.size(), 2U);
  EXPECT_EQ(file->programs[0].command,
            (std::vector<std::string>{"sh", "-c", "echo listening; sleep 9"}));
  EXPECT_TRUE(file->programs[0].background);
  EXPECT_EQ(file->programs[0].ready, "listening");
  EXPECT_EQ(file->programs[1].shown, "ping -c 3 server");
  EXPECT_EQ(file->programs[1].command.size(), 4U);
}

struct Bad {
  const char* text;
  const char* what;  // what the failure begins with, after the file's name
  const char* why;   // a part of the reason
};

class BadLabFile : public testing::TestWithParam<Bad> {};

TEST_P(BadLabFile, IsToldWithItsLine) {
  const auto file = parse_lab_file(GetParam().text, "x.toml");
  ASSERT_FALSE(file);
  EXPECT_TRUE(file.error().what.starts_with(std::string("x.toml:") + GetParam().what))
      << file.error().what;
  EXPECT_NE(file.error().why.find(GetParam().why), std::string::npos) << file.error().why;
  EXPECT_FALSE(file.error().remedy.empty());
}

#define TWO "hosts = ['a', 'b']\n"
INSTANTIATE_TEST_SUITE_P(
    LabFile, BadLabFile,
    testing::Values(
        Bad{"hosts = [", "1 is not TOML", ""},  //
        Bad{"", "1: there are no hosts", "begins with"},
        Bad{"hosts = 3", "1: 'hosts' is no list", "another kind"},
        Bad{"hosts = ['a b']", "1: 'a b' cannot be a host's name", "letters"},
        Bad{"hosts = ['\x1b[31m']", "1 is not TOML", ""},
        Bad{"hosts = ['localhost']", "1: 'localhost' cannot be a host's name", "address"},
        Bad{"hosts = ['a', '10']", "1: '10' cannot be a host's name", "address"},
        Bad{"hosts = ['0x7f']", "1: '0x7f' cannot be a host's name", "address"},
        Bad{"hosts = ['a', 'a']", "1: there are two hosts 'a'", "apart"},
        Bad{TWO "link = 3", "2: nothing is called 'link' here", "no key"},
        Bad{TWO "links = 3", "2: 'links' is no list of tables", "line of its own"},
        Bad{TWO "[[links]]\ndelay = '1ms'", "2: this link has no two ends", "names of the hosts"},
        Bad{TWO "[[links]]\nbetween = ['a', 'c']", "3: there is no host 'c'", "a, b"},
        Bad{TWO "[[links]]\nbetween = ['a', 'a']", "3: this link joins a host to itself", "leave"},
        Bad{TWO "[[links]]\nbetween = ['a', 'b']\ndelay = '50'", "4: 'delay' cannot be 50", "unit"},
        Bad{TWO "[[links]]\nbetween = ['a', 'b']\ndelay = 50", "4: 'delay' cannot be 50", "unit"},
        Bad{TWO "[[links]]\nbetween = ['a', 'b']\nloss = 0.1", "4: 'loss' cannot be 0.1", "%"},
        Bad{TWO "[[links]]\nbetween = ['a', 'b']\nlos = '1%'", "4: nothing is called 'los'", ""},
        Bad{TWO "[[links]]\nbetween = ['a', 'b']\nloss = '60%'\nloss_burst = 1",
            "2: cannot impair a link", "bursts"},
        Bad{TWO "[[links]]\nbetween = ['a', 'b']\nnetwork = 'fd00::/64'",
            "4: 'fd00::/64' is of the other family", "network6"},
        Bad{TWO "[[links]]\nbetween = ['a', 'b']\nmtu = 576\nnetwork6 = 'fd00::/64'",
            "5: 'network6' cannot be given", "1280"},
        Bad{TWO "[[links]]\nbetween = ['a', 'b']\nback = { mtu = 576 }", "4: 'mtu' cannot differ",
            "both ways"},
        Bad{TWO "[[programs]]\nhost = 'a'\nrun = [\"x\\u0000y\"]", "4: 'run' has a character NUL",
            "no argument"},
        Bad{TWO "[[programs]]\nhost = 'a'\nrun = ['', 'x']", "4: 'run' is empty", "nothing"},
        Bad{TWO "[[programs]]\nhost = 'a'", "2: this program is not whole", "host"},
        Bad{TWO "[[programs]]\nhost = 'a'\nrun = ''", "4: 'run' is empty", "nothing"},
        Bad{TWO "[[programs]]\nhost = 'a'\nrun = 'x'\nbackground = 1", "5: 'background' is neither",
            "another kind"},
        Bad{TWO "seed = -1", "2: 'seed' is no number", "drawn"}));

TEST(LabFile, WithoutAnEndIsTold) {
  const auto file = read_lab_file("/dev/zero");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().what, "cannot read /dev/zero");
  EXPECT_EQ(file.error().why, "it has more than 1 MiB");
}

TEST(LabFile, ThatIsNotThereIsTold) {
  const auto file = read_lab_file("/no/such.toml");
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().what, "cannot read /no/such.toml");
}

}  // namespace
}  // namespace patchbay
