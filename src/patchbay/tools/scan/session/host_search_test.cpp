#include "patchbay/tools/scan/session/host_search.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <sstream>
#include <string>

#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

// A way of asking the hosts 10.0.0.0 to 10.0.0.7, by one port.
ScanPlan way_by(std::uint16_t port) {
  const IpRange range = IpRange::parse("10.0.0.0/29").value();
  return {.hosts = IpSet(std::span(&range, 1)),
          .ports = {{ScanProtocol::tcp, port}},
          .tcp = TcpMethod::connect,
          .one_answer_is_enough = true};
}

std::string to_string(const IpSet& hosts) {
  std::string text;
  for (const IpRange& range : hosts.ranges()) {
    text += (text.empty() ? "" : " ") + range.to_string();
  }
  return text;
}

// A network in which the host 10.0.0.N answers at port N and at no other. It is asked until so many
// probes were sent, and then it is broken off.
class Network {
 public:
  // "1: 10.0.0.0-10.0.0.7, 2: 10.0.0.0 10.0.0.2-10.0.0.7": who was asked, at which port.
  const std::string& asked() const { return asked_; }
  std::uint64_t probes() const { return probes_; }
  const std::set<std::string>& answered_and_asked_again() const { return again_; }
  std::uint64_t most = UINT64_MAX;
  int last = 0;  // how many were said to be the last

  Task<Result<>> probe(ScanPart& way, bool is_last) {
    last += is_last ? 1 : 0;
    asked_ += asked_.empty() ? "" : ", ";
    asked_ += std::to_string(way.plan().ports[0].number) + ": " + to_string(way.plan().hosts);
    ScanRun& run = way.run();
    for (Instant now(1s); !run.finished(now); now = std::max(now + 1ms, run.wake_at(now))) {
      while (const auto probe = run.next(now)) {
        if (probes_ == most) co_return Error(Fault::cancelled, "probe");
        ++probes_;
        answer(way, *probe, now);
      }
    }
    co_return ok();
  }

 private:
  void answer(ScanPart& way, const ScanProbe& probe, Instant now) {
    const std::uint64_t host = way.plan().host_of(probe.target);
    const IpAddress address = way.plan().hosts.at(host);
    const auto number = static_cast<std::uint16_t>(number_of(address) & 0xff);
    if (there_.contains(address)) again_.insert(address.to_string());
    if (number != way.plan().ports[0].number) return;
    there_.insert(address);
    way.run().answered(probe.target, {.state = PortState::closed, .reason = AnswerReason::reset},
                       now);
  }

  std::string asked_;
  std::uint64_t probes_ = 0;
  std::set<IpAddress> there_;
  std::set<std::string> again_;
};

// On a loop, as searches look at its time.
Result<> run(HostSearch& search, Network& network) {
  auto loop = Loop::make();
  const LoopGuard guard(**loop);
  return (*loop)->run(
      search.run([&network](ScanPart& way, bool is_last) { return network.probe(way, is_last); }));
}

IpSet hosts() { return way_by(1).hosts; }

TEST(HostSearch, AsksInEachWayThoseOnlyWhoAreSilent) {
  HostSearch search({}, 7);
  search.add({way_by(1), way_by(2)});
  search.add({way_by(100)});
  Network network;
  ASSERT_TRUE(run(search, network));
  EXPECT_EQ(network.asked(),
            "1: 10.0.0.0-10.0.0.7, 2: 10.0.0.0-10.0.0.0 10.0.0.2-10.0.0.7, "
            "100: 10.0.0.0-10.0.0.0 10.0.0.3-10.0.0.7");
  EXPECT_EQ(to_string(search.there(hosts())), "10.0.0.1-10.0.0.2");
  EXPECT_EQ(network.last, 1);
  EXPECT_EQ(search.ways().size(), 3U);
}

TEST(HostSearch, WithoutAWayThereIsNobody) {
  HostSearch search({}, 7);
  EXPECT_FALSE(search.has_any());
  Network network;
  ASSERT_TRUE(run(search, network));
  EXPECT_EQ(network.asked(), "");
  EXPECT_TRUE(search.there(hosts()).empty());
}

// What another process has of it.
void take_up(HostSearch& search, const HostSearch& earlier) {
  std::stringstream lines;
  earlier.write_checkpoints([&lines](std::string_view piece) { lines << piece; });
  std::size_t count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    auto read = ScanCheckpoint::parse(line);
    ASSERT_TRUE(read);
    search.take_up(std::move(*read));
  }
  EXPECT_EQ(count, earlier.checkpoints());
}

// Wherever it is broken off, and however often: it is the same in the end, and nobody who has
// answered is asked again.
TEST(HostSearch, GoesOnWhereItWas) {
  std::uint64_t whole = 0;
  for (std::uint64_t most = 0;; ++most) {
    Network network;
    network.most = most;
    auto search = std::make_unique<HostSearch>(ScanPace(), 7);
    search->add({way_by(1), way_by(2), way_by(100)});
    bool ended = static_cast<bool>(run(*search, network));
    if (ended) {
      whole = network.probes();
      break;
    }
    for (int times = 0; !ended && times < 200; ++times) {
      network.most = network.probes() + 3;
      if (times > 2) network.most = UINT64_MAX;
      auto next = std::make_unique<HostSearch>(ScanPace(), 8);
      take_up(*next, *search);
      ASSERT_FALSE(testing::Test::HasFatalFailure());
      search = std::move(next);
      ended = static_cast<bool>(run(*search, network));
    }
    EXPECT_TRUE(ended) << most;
    EXPECT_EQ(to_string(search->there(hosts())), "10.0.0.1-10.0.0.2") << most;
    EXPECT_EQ(network.answered_and_asked_again().size(), 0U) << most;
    EXPECT_EQ(search->ways().size(), 3U) << most;
  }
  EXPECT_GT(whole, 20U);
}

// All of its ways are over: nobody is asked, and who is there is still known.
TEST(HostSearch, IsOverAfterwardsToo) {
  HostSearch first({}, 7);
  first.add({way_by(1), way_by(2)});
  Network network;
  ASSERT_TRUE(run(first, network));
  const std::uint64_t probes = network.probes();
  HostSearch second({}, 8);
  take_up(second, first);
  ASSERT_TRUE(run(second, network));
  EXPECT_EQ(network.probes(), probes);
  EXPECT_EQ(to_string(second.there(hosts())), "10.0.0.1-10.0.0.2");
}

}  // namespace
}  // namespace patchbay
