// Whole scans in a simulated network: broken off at some time, and gone on with.
#include "patchbay/tools/scan/scan_session.hpp"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "patchbay/net/group.hpp"
#include "patchbay/net/serve.hpp"
#include "patchbay/net/sim/world.hpp"
#include "patchbay/tools/command_fixture.hpp"

namespace patchbay {
namespace {

using Json = nlohmann::json;

struct Ran {
  int code = -1;
  std::vector<Json> records = {};
  std::string err = {};

  std::vector<Json> of(std::string_view type) const {
    std::vector<Json> found;
    for (const Json& record : records) {
      if (record.at("type") == type) found.push_back(record);
    }
    return found;
  }
  bool is_complete() const { return of("end").at(0).at("complete").get<bool>(); }
  // "10.0.0.3:22 open ssh", in order.
  std::set<std::string> ports() const {
    std::set<std::string> texts;
    for (const Json& record : of("port")) {
      texts.insert(record.at("ip").get<std::string>() + ":" +
                   std::to_string(record.at("port").get<int>()) + " " +
                   record.at("state").get<std::string>());
    }
    return texts;
  }
  std::set<std::string> up() const {
    std::set<std::string> addresses;
    for (const Json& record : of("host")) {
      if (record.at("state") == "up") addresses.insert(record.at("ip").get<std::string>());
    }
    return addresses;
  }
  // "1000 ssh"
  std::set<std::string> services() const {
    std::set<std::string> texts;
    for (const Json& record : of("service")) {
      texts.insert(std::to_string(record.at("port").get<int>()) + " " +
                   record.at("service").get<std::string>());
    }
    return texts;
  }
};

using Words = std::vector<std::string>;

// Who has been connected to: "10.0.0.3:22", how often.
using Connections = std::map<std::string, std::size_t>;

Task<> scan(const ScanFlags& flags, Output& out, int& code) {
  ScanSession session(flags, out);
  code = co_await session.run();
}

Task<> scan_for(Duration time, const ScanFlags& flags, Ran& ran) {
  OutputOptions options{.json = true};
  options.out_fd = memfd_create("out", MFD_CLOEXEC);
  options.err_fd = memfd_create("err", MFD_CLOEXEC);
  {
    Output out(options);
    out.start("scan", "0", 1);
    TaskGroup group(co_await current_scope());
    group.spawn(scan, std::cref(flags), std::ref(out), std::ref(ran.code));
    EXPECT_TRUE(co_await sleep_for(time));
    group.cancel();
    co_await group.join();
    ran.code = out.finish(ran.code);
  }
  ran.err = content_of(options.err_fd);
  std::istringstream lines(content_of(options.out_fd));
  for (std::string line; std::getline(lines, line);) ran.records.push_back(Json::parse(line));
}

// A scanner and servers on one link. Ports that a server does not listen on refuse.
class ScannedNetwork {
 public:
  ScannedNetwork() {
    std::string name = testing::TempDir() + "patchbay-session-XXXXXX";
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  ~ScannedNetwork() { std::filesystem::remove_all(folder_); }
  ScannedNetwork(const ScannedNetwork&) = delete;
  ScannedNetwork& operator=(const ScannedNetwork&) = delete;

  // Greets whoever comes, after so long.
  void serve(sim::Host& host, std::uint16_t port, std::string greeting, Duration thinks = {}) {
    host.serve(listen(*this, host.address().to_string(), port, std::move(greeting), thinks));
  }

  // Breaks the scan off after a time, and goes on with it to its end, with these flags beside.
  void scan_in_two_pieces(ScanFlags flags, Duration first_time, ScanFlags beside = {}) {
    flags.connect = true;
    flags.checkpoint = (folder_ / "kept").string();
    beside.resume = flags.checkpoint;
    scanner.run(in_two_pieces(*this, flags, first_time, beside));
    const sim::Verdict verdict = world.run();
    EXPECT_TRUE(verdict) << verdict.describe();
  }

  // In one piece, once.
  Ran scan_whole(ScanFlags flags) {
    flags.connect = true;
    Ran ran;
    scanner.run(scan_for(1h, flags, ran));
    const sim::Verdict verdict = world.run();
    EXPECT_TRUE(verdict) << verdict.describe();
    return ran;
  }

  // Which hosts were connected to in the first piece, and in the second one once more.
  std::string asked_again() const {
    std::string again;
    for (const std::string& host : Words{"10.0.0.2", "10.0.0.3", "10.0.0.4"}) {
      const std::size_t before = connections_to(host, connections_before);
      if (before > 0 && connections_to(host, connections) > before) again += host + " ";
    }
    return again;
  }

  sim::World world{1};
  sim::Host& scanner = world.host("10.0.0.1");
  sim::Host& one = world.host("10.0.0.2");
  sim::Host& two = world.host("10.0.0.3");
  sim::Host& three = world.host("10.0.0.4");
  sim::Link& link = world.segment({scanner, one, two, three});
  Ran first;
  Ran second;
  Connections connections_before;  // during the first piece
  Connections connections;         // during both

 private:
  static std::size_t connections_to(const std::string& host, const Connections& all) {
    std::size_t sum = 0;
    for (const auto& [target, count] : all) {
      if (target.starts_with(host + ":")) sum += count;
    }
    return sum;
  }
  static Task<> greet(TcpStream stream, ScannedNetwork& self, std::string self_name,
                      std::string greeting, Duration thinks) {
    ++self.connections[self_name];
    if (thinks > Duration() && !co_await sleep_for(thinks)) co_return;
    if (!co_await stream.write_all(greeting)) co_return;
    [[maybe_unused]] const auto end = co_await stream.receive();
  }
  static Task<Result<>> listen(ScannedNetwork& self, std::string address, std::uint16_t port,
                               std::string greeting, Duration thinks) {
    auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), port));
    if (!listener) co_return listener.error();
    co_return co_await serve_each(*listener, greet, std::ref(self),
                                  address + ":" + std::to_string(port), greeting, thinks);
  }
  static Task<> in_two_pieces(ScannedNetwork& self, const ScanFlags& flags, Duration first_time,
                              const ScanFlags& beside) {
    co_await scan_for(first_time, flags, self.first);
    self.connections_before = self.connections;
    co_await scan_for(1h, beside, self.second);
  }

  std::filesystem::path folder_;
};

// A scan gives up the rights of its thread, which other tests need.
void apart(const std::function<void()>& work) { std::thread(work).join(); }

constexpr const char* k_ssh = "SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n";

// --- services ------------------------------------------------------------------------------------

TEST(ScanSession, GoesOnWithServicesAndAsksNoNamedOneAgain) {
  apart([] {
    ScannedNetwork network;
    network.serve(network.one, 1000, k_ssh);
    network.serve(network.one, 1001, "220 mail.lab ESMTP Postfix\r\n", 1s);
    ScanFlags flags;
    flags.targets = {"10.0.0.2"};
    flags.ports = "1000-1003";
    flags.services = true;
    network.scan_in_two_pieces(flags, 500ms);

    EXPECT_EQ(network.first.code, exit_interrupted);
    EXPECT_NE(network.first.err.find("--resume"), std::string::npos) << network.first.err;
    EXPECT_FALSE(network.first.is_complete());
    EXPECT_EQ(network.first.services().count("1000 ssh"), 1U);
    EXPECT_EQ(network.first.services().count("1001 smtp"), 0U);

    EXPECT_EQ(network.second.code, exit_ok) << network.second.err;
    EXPECT_TRUE(network.second.is_complete());
    EXPECT_EQ(network.second.of("end").at(0).at("sent"), 0) << "ports were asked again";
    EXPECT_EQ(network.second.services(), (std::set<std::string>{"1000 ssh", "1001 smtp"}));
    EXPECT_EQ(network.connections["10.0.0.2:1000"], network.connections_before["10.0.0.2:1000"]);
    EXPECT_GT(network.connections["10.0.0.2:1001"], network.connections_before["10.0.0.2:1001"]);
  });
}

// Broken off before any service was asked: --resume asks for them all the same.
TEST(ScanSession, RemembersThatServicesAreWanted) {
  apart([] {
    ScannedNetwork network;
    network.serve(network.one, 1000, k_ssh);
    ScanFlags flags;
    flags.targets = {"10.0.0.2"};
    flags.ports = "900-1000";
    flags.services = true;
    flags.timing.max_rate = 100;
    network.scan_in_two_pieces(flags, 300ms);
    EXPECT_EQ(network.first.code, exit_interrupted);
    EXPECT_EQ(network.first.services().size(), 0U);
    EXPECT_EQ(network.second.code, exit_ok) << network.second.err;
    EXPECT_EQ(network.second.services(), (std::set<std::string>{"1000 ssh"}));
  });
}

// One port says at once what it is, the other one nothing for as long as it is asked.
TEST(ScanSession, TellsHowMuchLongerServicesTake) {
  apart([] {
    ScannedNetwork network;
    network.serve(network.one, 1000, k_ssh);
    network.serve(network.one, 1001, "late\r\n", 1h);
    ScanFlags flags;
    flags.targets = {"10.0.0.2"};
    flags.ports = "1000,1001";
    flags.services = true;
    flags.stats_every = 500ms;
    const Ran ran = network.scan_whole(flags);
    EXPECT_EQ(ran.code, exit_ok) << ran.err;
    std::size_t looks = 0;
    for (const Json& progress : ran.of("progress")) {
      if (progress.at("phase") != "services") continue;
      ++looks;
      EXPECT_EQ(progress.at("targets"), 2);
      EXPECT_EQ(progress.at("answered"), 1) << progress;
      EXPECT_EQ(progress.at("done"), 0.5);
      EXPECT_TRUE(progress.at("left_us").is_number()) << progress;
    }
    EXPECT_GT(looks, 2U);
    EXPECT_NE(ran.err.find("services: 50 %, 1 of 2 ports asked, "), std::string::npos) << ran.err;
  });
}

// --- who is there --------------------------------------------------------------------------------

ScanFlags three_of_many() {
  ScanFlags flags;
  flags.targets = {"10.0.0.2-40"};
  flags.ping_syn = "22,23,24,25";
  flags.timing.max_rate = 20;
  return flags;
}

// The three among silent addresses: a scan so slow is broken off before all of them were asked.
TEST(ScanSession, OfHostsGoesOnWithHosts) {
  apart([] {
    for (const Duration time : {100ms, 1000ms, 2000ms, 5000ms, 9000ms}) {
      ScannedNetwork network;
      for (sim::Host* host : {&network.one, &network.two, &network.three}) {
        for (std::uint16_t port = 22; port <= 25; ++port) network.serve(*host, port, "");
      }
      ScanFlags flags = three_of_many();
      flags.hosts_only = true;
      network.scan_in_two_pieces(flags, time);
      EXPECT_EQ(network.second.code, exit_ok) << network.second.err;
      EXPECT_TRUE(network.second.is_complete());
      EXPECT_EQ(network.second.up(), (std::set<std::string>{"10.0.0.2", "10.0.0.3", "10.0.0.4"}));
      EXPECT_EQ(network.second.of("port").size() + network.second.of("group").size(), 0U)
          << "it tells of ports";
      EXPECT_EQ(network.second.of("end").at(0).at("hosts"), 39);
      EXPECT_EQ(network.asked_again(), "") << time / 1ms;
    }
  });
}

TEST(ScanSession, OfPortsGoesOnToLookForHosts) {
  apart([] {
    ScannedNetwork network;
    for (sim::Host* host : {&network.one, &network.two, &network.three}) {
      for (std::uint16_t port = 22; port <= 25; ++port) network.serve(*host, port, "");
    }
    ScanFlags flags = three_of_many();
    flags.ports = "80";
    network.scan_in_two_pieces(flags, 3s);
    EXPECT_EQ(network.first.code, exit_interrupted);
    EXPECT_EQ(network.second.code, exit_ok) << network.second.err;
    EXPECT_EQ(
        network.second.ports(),
        (std::set<std::string>{"10.0.0.2:80 closed", "10.0.0.3:80 closed", "10.0.0.4:80 closed"}));
    EXPECT_EQ(network.asked_again(), "");
  });
}

// Parts of a search for hosts: each host is in one of them, and asked in all ways there.
TEST(ScanSession, PartsOfASearchForHostsAreDisjointAndTogetherTheWhole) {
  apart([] {
    std::multiset<std::string> up;
    std::uint64_t hosts = 0;
    for (const char* part : {"1/3", "2/3", "3/3"}) {
      ScannedNetwork network;
      // Each at another of the ports that are asked.
      network.serve(network.one, 22, "");
      network.serve(network.two, 23, "");
      network.serve(network.three, 25, "");
      ScanFlags flags;
      flags.targets = {"10.0.0.2-12"};
      flags.ping_syn = "22,23,24,25";
      flags.hosts_only = true;
      flags.shard = part;
      flags.seed = 7;
      const Ran ran = network.scan_whole(flags);
      EXPECT_EQ(ran.code, exit_ok) << ran.err;
      EXPECT_TRUE(ran.is_complete());
      for (const std::string& address : ran.up()) up.insert(address);
      const auto asked = ran.of("end").at(0).at("hosts").get<std::uint64_t>();
      EXPECT_EQ(ran.of("plan").at(0).at("hosts"), asked);
      hosts += asked;
    }
    EXPECT_EQ(up, (std::multiset<std::string>{"10.0.0.2", "10.0.0.3", "10.0.0.4"}));
    EXPECT_EQ(hosts, 11U);
  });
}

// More parts than hosts: the last ones have nothing to do, which is no failure.
TEST(ScanSession, APartWithoutAHostIsDoneAtOnce) {
  apart([] {
    ScannedNetwork network;
    ScanFlags flags;
    flags.targets = {"10.0.0.2-3"};
    flags.hosts_only = true;
    flags.shard = "3/3";
    flags.seed = 7;
    const Ran ran = network.scan_whole(flags);
    EXPECT_EQ(ran.code, exit_ok) << ran.err;
    EXPECT_TRUE(ran.is_complete());
    EXPECT_EQ(ran.of("end").at(0).at("hosts"), 0);
    EXPECT_EQ(ran.of("end").at(0).at("sent"), 0);
  });
}

TEST(ScanSession, WhatIsResumedKeepsItsKind) {
  apart([] {
    ScannedNetwork network;
    ScanFlags flags = three_of_many();
    flags.hosts_only = true;
    ScanFlags beside;
    beside.services = true;
    network.scan_in_two_pieces(flags, 300ms, beside);
    EXPECT_EQ(network.second.code, exit_usage);
    EXPECT_NE(network.second.err.find("asks no ports"), std::string::npos) << network.second.err;
  });
}

}  // namespace
}  // namespace patchbay
