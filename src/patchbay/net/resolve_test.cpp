#include "patchbay/net/resolve.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "patchbay/net/cares_resolver.hpp"
#include "patchbay/net/destination_order.hpp"
#include "patchbay/net/dns_server_test.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {
namespace {

using Names = std::vector<std::string>;

std::string why(ResolveFailure failure) { return resolve_error(failure, "x").why(); }

Names written(const std::vector<IpAddress>& addresses) {
  Names texts;
  for (const IpAddress& address : addresses) texts.push_back(address.to_string());
  return texts;
}

std::vector<IpAddress> read(const Names& texts) {
  std::vector<IpAddress> addresses;
  for (const std::string& text : texts) addresses.push_back(*IpAddress::parse(text));
  return addresses;
}

// What a look-up brought, in words: addresses or names, or why there are none.
struct Found {
  Names items = {};
  std::optional<Error> error = {};

  Fault fault() const { return error ? error->fault() : Fault::system; }
  std::string because() const { return error ? error->why() : ""; }
};

Task<> look_up(std::string name, Family family, Deadline deadline, Found& found) {
  const auto addresses = co_await resolve(name, family, deadline);
  if (addresses) found.items = written(*addresses);
  if (!addresses) found.error = addresses.error();
}
Task<> look_back(IpAddress address, Deadline deadline, Found& found) {
  const auto names = co_await Loop::current().resolver().names(address, deadline);
  if (names) found.items = *names;
  if (!names) found.error = names.error();
}

Task<> ask_many(std::vector<Found>& found) {
  TaskGroup group(co_await current_scope());
  for (std::size_t i = 0; i < found.size(); ++i) {
    group.spawn(look_up, "many-" + std::to_string(i) + ".test", Family::v4, Deadline(),
                std::ref(found[i]));
  }
  co_await group.join();
}

class Resolving : public testing::Test {
 protected:
  Resolving() {
    char pattern[] = "/tmp/patchbay-resolve-XXXXXX";
    folder_ = ::mkdtemp(pattern);
    options.servers = server.address();
    options.hosts_file = folder_ + "/hosts";
    options.resolv_conf = folder_ + "/resolv.conf";
    options.domains = Names{};
    auto made = Loop::make();
    EXPECT_TRUE(made);
    loop = std::move(*made);
  }
  ~Resolving() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
  }
  void start() { loop->set_resolver(std::make_unique<CaresResolver>(options)); }

  Found ask(std::string name, Family family = Family::any) {
    Found found;
    loop->run(look_up(std::move(name), family, {}, found));
    return found;
  }
  Found ask_back(std::string_view address) {
    Found found;
    loop->run(look_back(*IpAddress::parse(address), {}, found));
    return found;
  }

  DnsServer server;
  CaresOptions options;
  std::unique_ptr<Loop> loop;

 private:
  std::string folder_;
};

TEST_F(Resolving, FindsTheAddressesOfAName) {
  start();
  EXPECT_EQ(ask("host.test", Family::v4).items, (Names{"127.0.0.5"}));
  EXPECT_EQ(ask("host.test", Family::v6).items, (Names{"::1"}));
  EXPECT_EQ(ask("host.test.").items.size(), 2U);
  EXPECT_EQ(ask("v4only.test").items, (Names{"127.0.0.6"}));
}

TEST_F(Resolving, FindsTheNamesOfAnAddress) {
  start();
  EXPECT_EQ(ask_back("192.0.2.5").items, (Names{"first.test", "second.test"}));
  EXPECT_EQ(ask_back("192.0.2.6").because(), why(ResolveFailure::no_name));
  EXPECT_EQ(ask_back("192.0.2.7").because(), why(ResolveFailure::no_name));
  EXPECT_EQ(ask_back("127.0.0.9").items, (Names{"localhost"}));
}

TEST_F(Resolving, SaysWhyThereIsNone) {
  options.timeout = 20ms;
  options.tries = 1;
  start();
  EXPECT_EQ(ask("nosuch.test").because(), why(ResolveFailure::no_such_name));
  EXPECT_EQ(ask("nothing.test").because(), why(ResolveFailure::no_address));
  EXPECT_EQ(ask("v4only.test", Family::v6).because(), why(ResolveFailure::no_address_of_family));
  EXPECT_EQ(ask("silent.test").because(), why(ResolveFailure::server_silent));
  EXPECT_EQ(ask("garbage.test").because(), why(ResolveFailure::answer_malformed));
  EXPECT_EQ(ask("servfail.test").because(), why(ResolveFailure::no_server));
  EXPECT_EQ(ask("refused.test").because(), why(ResolveFailure::no_server));
  const Found missing = ask("nosuch.test");
  ASSERT_TRUE(missing.error);
  EXPECT_EQ(missing.fault(), Fault::resolve);
  EXPECT_EQ(missing.error->what(), "cannot resolve nosuch.test");
  EXPECT_FALSE(missing.error->remedy().empty());
}

TEST_F(Resolving, EveryFailureHasItsOwnReason) {
  std::set<std::string> reasons;
  for (int i = 0; i <= static_cast<int>(ResolveFailure::other_family); ++i) {
    reasons.insert(why(static_cast<ResolveFailure>(i)));
  }
  EXPECT_EQ(reasons.size(), std::size_t{static_cast<int>(ResolveFailure::other_family) + 1});
}

TEST_F(Resolving, SaysThatNoServerIsThere) {
  options.servers = "127.0.0.1:1";
  options.timeout = 1h;  // a refusal is heard at once, or the test hangs
  start();
  EXPECT_EQ(ask("host.test", Family::v4).because(), why(ResolveFailure::no_server));
  EXPECT_EQ(ask("host.test").because(), why(ResolveFailure::no_server));
  std::vector<Found> found(200);
  loop->run(ask_many(found));
  for (const Found& one : found) EXPECT_EQ(one.because(), why(ResolveFailure::no_server));
}

TEST_F(Resolving, RefusesServersThatAreNone) {
  options.servers = "not-an-address";
  start();
  EXPECT_EQ(ask("host.test").fault(), Fault::protocol);
}

TEST_F(Resolving, TakesALongAnswerOverTcp) {
  start();
  EXPECT_EQ(ask("big.test", Family::v4).items.size(), 60U);
  const Names questions = server.questions();
  EXPECT_EQ(std::ranges::count(questions, "big.test A"), 2);  // by datagram, then by connection
}

TEST_F(Resolving, AsksNobodyForWhatItKnows) {
  write("hosts",
        "# for the test\n"
        "192.0.2.10  Pinned.test other.test # not.test\n"
        "2001:db8::10\tboth.test\n"
        "192.0.2.11 both.test\n"
        "nonsense line.test\n"
        "192.0.2.12");
  start();
  EXPECT_EQ(ask("192.0.2.1").items, (Names{"192.0.2.1"}));
  EXPECT_EQ(ask("2001:db8::1", Family::v6).items, (Names{"2001:db8::1"}));
  EXPECT_EQ(ask("192.0.2.1", Family::v6).because(), why(ResolveFailure::other_family));
  EXPECT_EQ(ask("LocalHost", Family::v4).items, (Names{"127.0.0.1"}));
  EXPECT_EQ(ask("x.localhost.", Family::v6).items, (Names{"::1"}));
  EXPECT_EQ(ask("localhost").items.size(), 2U);
  EXPECT_EQ(ask("pinned.TEST.").items, (Names{"192.0.2.10"}));
  EXPECT_EQ(ask("other.test", Family::v6).because(), why(ResolveFailure::no_address_of_family));
  EXPECT_EQ(ask("both.test").items.size(), 2U);
  EXPECT_EQ(ask_back("192.0.2.10").items, (Names{"Pinned.test", "other.test"}));
  EXPECT_EQ(ask("name.invalid").because(), why(ResolveFailure::no_such_name));
  EXPECT_EQ(ask("name.onion").because(), why(ResolveFailure::no_such_name));
  EXPECT_TRUE(server.questions().empty());
  EXPECT_EQ(ask("not.test").because(), why(ResolveFailure::no_such_name));
  EXPECT_EQ(server.questions().size(), 2U);
}

TEST_F(Resolving, ReadsTheHostsFileAgainWhenItHasChanged) {
  start();
  EXPECT_EQ(ask("new.test").because(), why(ResolveFailure::no_such_name));
  write("hosts", "192.0.2.20 new.test\n");
  EXPECT_EQ(ask("new.test").items, (Names{"192.0.2.20"}));
  write("hosts", "# 192.0.2.20 new.test\n");
  EXPECT_EQ(ask("new.test").because(), why(ResolveFailure::no_such_name));
}

TEST_F(Resolving, ReadsResolvConfAgainWhenItHasChanged) {
  options.domains.reset();
  write("resolv.conf", "search other.test\n");
  start();
  EXPECT_EQ(ask("printer").because(), why(ResolveFailure::no_such_name));
  write("resolv.conf", "search other.test corp.test\n");
  EXPECT_EQ(ask("printer").items.size(), 2U);
}

TEST_F(Resolving, SearchesItsDomains) {
  options.domains = Names{"other.test", "corp.test"};
  start();
  EXPECT_EQ(ask("printer", Family::v4).items, (Names{"127.0.0.5"}));
  EXPECT_EQ(server.questions(), (Names{"printer.other.test A", "printer.corp.test A"}));
}

TEST_F(Resolving, RefusesNamesThatAreNone) {
  start();
  const std::string label(63, 'a');
  std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
  EXPECT_EQ(longest.size(), 253U);
  EXPECT_TRUE(check_host_name(longest));
  EXPECT_TRUE(check_host_name(longest + '.'));
  const std::vector<std::pair<std::string, ResolveFailure>> rows = {
      {longest + "a", ResolveFailure::name_too_long},
      {label + "a.test", ResolveFailure::name_too_long},
      {"", ResolveFailure::name_malformed},
      {".", ResolveFailure::name_malformed},
      {"a..b", ResolveFailure::name_malformed},
      {".a", ResolveFailure::name_malformed},
      {"a..", ResolveFailure::name_malformed},
      {"a b", ResolveFailure::name_malformed},
      {"a/b", ResolveFailure::name_malformed},
      {std::string("a\0b", 3), ResolveFailure::name_malformed},
      {"a\x1b[2J", ResolveFailure::name_malformed},
      {"b\xc3\xbc"
       "cher.test",
       ResolveFailure::name_not_ascii},
      {"10.1", ResolveFailure::name_numeric},
      {"192.0.2.256", ResolveFailure::name_numeric},
      {"80", ResolveFailure::name_numeric},
  };
  for (const auto& [name, failure] : rows) {
    const Found found = ask(name);
    EXPECT_EQ(found.because(), why(failure)) << name;
    EXPECT_EQ(found.fault(), Fault::resolve) << name;
  }
  EXPECT_EQ(ask("fe80::1%no-such-interface").fault(), Fault::protocol);
  EXPECT_TRUE(check_host_name("_service.a-b.test"));
  EXPECT_TRUE(server.questions().empty());
}

TEST_F(Resolving, TheDeadlineIsTheCallers) {
  start();
  Found found;
  loop->run(look_up("silent.test", Family::any, Deadline(loop->engine().now() + 10ms), found));
  EXPECT_EQ(found.fault(), Fault::timed_out);
  ASSERT_TRUE(found.error);
  EXPECT_EQ(found.error->what(), "cannot resolve silent.test");
  for (const std::string name : {"silent.test", "127.0.0.1", "localhost"}) {
    Found late;
    loop->run(look_up(name, Family::any, Deadline(loop->engine().now()), late));
    EXPECT_EQ(late.fault(), Fault::timed_out) << name;
  }
  EXPECT_EQ(ask("host.test", Family::v4).items, (Names{"127.0.0.5"}));
}

Task<> look_up_in_scope(Found& found) {
  co_await with_deadline(Deadline::after(10ms), look_up("silent.test", Family::v4, {}, found));
}
TEST_F(Resolving, TheDeadlineOfTheScopeCountsToo) {
  start();
  Found found;
  loop->run(look_up_in_scope(found));
  EXPECT_EQ(found.fault(), Fault::timed_out);
}

Task<> start_cancelled(Found& name, Found& address) {
  TaskGroup group(co_await current_scope());
  group.cancel();
  group.spawn(look_up, std::string("host.test"), Family::any, Deadline(), std::ref(name));
  group.spawn(look_up, std::string("127.0.0.1"), Family::any, Deadline(), std::ref(address));
  co_await group.join();
}
TEST_F(Resolving, StartedCancelledItAsksNobody) {
  start();
  Found name;
  Found address;
  loop->run(start_cancelled(name, address));
  EXPECT_EQ(name.fault(), Fault::cancelled);
  EXPECT_EQ(address.fault(), Fault::cancelled);
  EXPECT_TRUE(server.questions().empty());
}

// The one that drives the channel leaves: another must take its place, or the answer is never read.
Task<> cancel_the_driver(DnsServer& server, Found& silent, Found& held) {
  TaskGroup first(co_await current_scope());
  TaskGroup second(co_await current_scope());
  first.spawn(look_up, std::string("silent.test"), Family::v4, Deadline(), std::ref(silent));
  second.spawn(look_up, std::string("held.test"), Family::v4, Deadline(), std::ref(held));
  first.cancel();
  co_await first.join();
  server.release();
  co_await second.join();
}
TEST_F(Resolving, ACancelledLookUpLeavesTheOthersAlone) {
  options.timeout = 1h;  // nothing but the answer may end it
  start();
  Found silent;
  Found held;
  loop->run(cancel_the_driver(server, silent, held));
  EXPECT_EQ(silent.fault(), Fault::cancelled);
  EXPECT_EQ(held.items, (Names{"127.0.0.5"}));
}

Task<> abandon(Found& found) {
  TaskGroup group(co_await current_scope());
  group.spawn(look_up, std::string("held.test"), Family::any, Deadline(), std::ref(found));
  group.cancel();
  co_await group.join();
}
TEST_F(Resolving, AnAnswerToACancelledLookUpIsForNobody) {
  start();
  for (int i = 0; i < 10; ++i) {
    Found found;
    loop->run(abandon(found));
    EXPECT_EQ(found.fault(), Fault::cancelled);
  }
  server.release();
  EXPECT_EQ(ask("host.test", Family::v4).items, (Names{"127.0.0.5"}));
}

TEST_F(Resolving, TwoHundredAtOnce) {
  start();
  std::vector<Found> found(200);
  loop->run(ask_many(found));
  for (std::size_t i = 0; i < found.size(); ++i) {
    EXPECT_EQ(found[i].items, (Names{"127.2.0." + std::to_string(i)})) << found[i].because();
  }
}

std::ptrdiff_t open_descriptors() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
}
TEST_F(Resolving, LeavesNoDescriptorBehind) {
  options.domains.reset();
  const auto before = open_descriptors();
  for (int i = 0; i < 3; ++i) {
    start();
    EXPECT_EQ(ask("host.test").items.size(), 2U);
    write("resolv.conf", "search other.test\n" + std::string(static_cast<std::size_t>(i), '#'));
    EXPECT_EQ(ask("v4only.test").items.size(), 1U);
    Found found;
    loop->run(abandon(found));
  }
  const LoopGuard guard(*loop);
  loop->set_resolver(nullptr);
  EXPECT_EQ(open_descriptors(), before);
}

// --- RFC 6724 ------------------------------------------------------------------------------------

Names ordered(std::vector<std::pair<std::string, std::string>> rows) {
  std::vector<Destination> destinations;
  for (const auto& [address, source] : rows) {
    Destination destination{.address = *IpAddress::parse(address)};
    if (!source.empty()) destination.source = *IpAddress::parse(source);
    destinations.push_back(destination);
  }
  order_destinations(destinations);
  Names order;
  for (const Destination& destination : destinations)
    order.push_back(destination.address.to_string());
  return order;
}

// Section 10.2, where each line has its rule.
TEST(DestinationOrder, FollowsTheExamplesOfTheRfc) {
  EXPECT_EQ(ordered({{"198.51.100.121", "198.51.100.117"}, {"2001:db8:1::1", "2001:db8:1::2"}}),
            (Names{"2001:db8:1::1", "198.51.100.121"}));
  EXPECT_EQ(ordered({{"2001:db8:1::1", "fe80::1"}, {"198.51.100.121", "198.51.100.117"}}),
            (Names{"198.51.100.121", "2001:db8:1::1"}));
  EXPECT_EQ(ordered({{"10.1.2.3", "10.1.2.4"}, {"2001:db8:1::1", "2001:db8:1::2"}}),
            (Names{"2001:db8:1::1", "10.1.2.3"}));
  EXPECT_EQ(ordered({{"2001:db8:1::1", "2001:db8:1::2"}, {"fe80::1", "fe80::2"}}),
            (Names{"fe80::1", "2001:db8:1::1"}));
  EXPECT_EQ(
      ordered({{"2001:db8:1::1", "2001:db8:1::2"}, {"2002:c633:6401::1", "2002:c633:6401::2"}}),
      (Names{"2001:db8:1::1", "2002:c633:6401::1"}));
  EXPECT_EQ(
      ordered({{"2002:c633:6401::1", "2002:c633:6401::2"}, {"2001:db8:1::1", "2002:c633:6401::2"}}),
      (Names{"2002:c633:6401::1", "2001:db8:1::1"}));
}

TEST(DestinationOrder, AvoidsWhatNoRouteLeadsTo) {
  EXPECT_EQ(ordered({{"2001:db8::1", ""}, {"192.0.2.1", "192.0.2.9"}}),
            (Names{"192.0.2.1", "2001:db8::1"}));
}

TEST(DestinationOrder, PrefersIPv4ToUniqueLocalAddressesElsewhere) {
  EXPECT_EQ(ordered({{"fd00:1::1", "2001:db8::9"}, {"192.0.2.1", "192.0.2.9"}}),
            (Names{"192.0.2.1", "fd00:1::1"}));
}

TEST(DestinationOrder, LongestPrefixIsForIPv6Alone) {
  EXPECT_EQ(ordered({{"2001:db8:9::1", "2001:db8:1::9"}, {"2001:db8:1::1", "2001:db8:1::9"}}),
            (Names{"2001:db8:1::1", "2001:db8:9::1"}));
  EXPECT_EQ(ordered({{"198.51.100.1", "192.0.2.9"}, {"192.0.2.1", "192.0.2.9"}}),
            (Names{"198.51.100.1", "192.0.2.1"}));
}

TEST(DestinationOrder, EqualsStayAsTheyWere) {
  EXPECT_EQ(
      ordered({{"192.0.2.3", "192.0.2.9"}, {"192.0.2.1", "192.0.2.9"}, {"192.0.2.2", "192.0.2.9"}}),
      (Names{"192.0.2.3", "192.0.2.1", "192.0.2.2"}));
}

TEST(DestinationOrder, TheKernelIsAskedForTheSource) {
  std::vector<IpAddress> addresses = read({"127.0.0.1", "127.0.0.2"});
  sort_destinations(addresses);
  EXPECT_EQ(written(addresses), (Names{"127.0.0.1", "127.0.0.2"}));
}

}  // namespace
}  // namespace patchbay
