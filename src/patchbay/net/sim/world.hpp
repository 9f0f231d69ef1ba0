// World: a simulated network in one process: hosts, links, a virtual clock and a seed.
//
//   sim::World world(seed);
//   sim::Host& server = world.host("10.0.0.1", "fd00::1");
//   sim::Host& client = world.host("10.0.0.2", "fd00::2");
//   world.link(server, client, {.delay = 50ms, .loss = 0.01});
//   server.serve(echo_server());
//   client.run(talk_to(Endpoint(server.address(), 7)));
//   EXPECT_TRUE(world.run());
//
// Everything that happens follows from the seed and the program: the same seed gives the same run,
// event for event, which hash() proves. An hour of the world's time takes as long as what happens
// in it. When nothing can ever happen any more and tasks still wait, the run fails at once and says
// who waits for what. Then, and at its own end, a world cancels what still runs in it.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <deque>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/impairment.hpp"
#include "patchbay/net/sim/agenda.hpp"
#include "patchbay/net/sim/event_log.hpp"
#include "patchbay/net/sim/host.hpp"
#include "patchbay/net/sim/link.hpp"
#include "patchbay/net/sim/names.hpp"
#include "patchbay/net/sim/packet.hpp"
#include "patchbay/net/sim/waiting.hpp"

namespace patchbay::sim {

struct WorldOptions {
  // Without faults links lose, repeat, reorder and corrupt nothing, whatever they are told, hosts
  // do nothing badly, and what at() and every() arrange does not happen. A program that hangs then
  // has no excuse. What a test itself does to a host or a link, a kill() or a cut(), it has done.
  bool faults = true;
  // Without deadlines operations never time out, sleeps apart: a deadline hides a deadlock.
  bool deadlines = true;
  // A run that takes longer, by the world's clock, is a failure.
  Duration time_limit = std::chrono::hours(24 * 7);
  // So is one in which more than that happens: tasks that take turns for ever would otherwise be at
  // it for weeks of the real time before they come to the limit of the world's.
  std::uint64_t most_events = 200'000'000;
  // What the hosts' wall clocks show at the beginning: 1 January 2026, 00:00 UTC.
  std::chrono::system_clock::time_point date{std::chrono::seconds(1'767'225'600)};
};

// How a run ended.
struct [[nodiscard]] Verdict {
  enum class End : std::uint8_t {
    finished,    // every task that had to has ended
    hung,        // nobody can ever wake again
    time_limit,  // tasks still run
    busy,        // tasks still run, and more has happened than ever should
  };

  End end = End::finished;
  std::uint64_t seed = 0;
  Duration took{};                         // by the world's clock
  std::uint64_t events = 0;                // that happened
  std::vector<Waiting> waiting = {};       // if it did not finish
  std::vector<std::string> failures = {};  // what tasks ended with

  explicit operator bool() const { return end == End::finished && failures.empty(); }
  // Why it failed, a line for each task that waits; the seed comes first.
  std::string describe() const;
};

class World {
 public:
  explicit World(std::uint64_t seed, WorldOptions options = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // --- what there is -----------------------------------------------------------------------------
  // Its addresses, as "10.0.0.1" or "fd00::1/64"; without a length the network is a /24 or a /64. A
  // word that is no address is the host's name, which the others can look up; without one the first
  // address is. Any mistake in it ends the program, such as a name or an address that is another's.
  Host& host(std::convertible_to<std::string_view> auto... names_and_addresses) {
    return add_host({std::string_view(names_and_addresses)...});
  }
  // A cable. Each host is reached by all its addresses over all its links.
  Link& link(Host& a, Host& b, const Impairment& impairment = {}, const WireOptions& wire = {});
  // A switch: broadcasts and groups reach everybody, other packets whom they are for.
  Link& segment(std::initializer_list<std::reference_wrapper<Host>> hosts,
                const Impairment& impairment = {}, const WireOptions& wire = {});
  Names& names() { return names_; }

  // --- what happens ------------------------------------------------------------------------------
  // Until every task that was given to Host::run() has ended; those of Host::serve() are cancelled
  // then and waited for.
  Verdict run();
  bool has_run() const { return has_run_; }
  // The same, but no further than that. Not a failure by itself: run() goes on from there. Beyond
  // WorldOptions::most_events it stops at once, which run() then reports.
  void run_for(Duration time);
  // At that time from the start of the world, and only in a world with faults. What it refers to
  // has to last until the run has ended, no longer: nothing befalls a world that cleans up.
  void at(Duration time, std::move_only_function<void()> fault);
  // As often as that on average, at times that the seed decides, for as long as the world runs.
  void every(Duration time, std::function<void()> fault);

  // --- what it is --------------------------------------------------------------------------------
  std::uint64_t seed() const { return seed_; }
  const WorldOptions& options() const { return options_; }
  Instant now() const { return agenda_.now(); }
  Duration elapsed() const { return now() - k_beginning; }
  std::chrono::system_clock::time_point wall_clock() const;
  std::uint64_t events() const { return agenda_.events(); }
  std::uint64_t hash() const { return log_.hash(); }
  // Chance for a purpose of the test's own. Purposes do not disturb each other, nor does a further
  // host or link disturb the others.
  Chance chance_for(std::string_view purpose) const;
  // What passes to and from such ports enters the hash only with its ports and its time. For TLS:
  // OpenSSL's random numbers come from the seed (openssl_chance.hpp), and with them the sizes, but
  // its tickets hold the real time. A test makes its certificates itself, by real chance: only with
  // fixed ones the hash is the same in another process, where sizes count through a link's rate.
  void leave_out_of_hash(std::uint16_t port) { opaque_ports_.insert(port); }
  const std::deque<std::unique_ptr<Host>>& hosts() const { return hosts_; }

  // --- for hosts and links -----------------------------------------------------------------------
  // A host on a link with nobody else, whose loop has such options.
  Host& lone_host(LoopOptions options);
  Agenda& agenda() { return agenda_; }
  PacketPool& packets() { return packets_; }
  EventLog& log() { return log_; }
  std::uint64_t seed_for(std::string_view purpose) const;
  bool is_opaque(std::uint16_t port) const {
    return !opaque_ports_.empty() && opaque_ports_.contains(port);
  }
  // How many tasks have to end, and how many only serve.
  std::size_t& running() { return running_; }
  std::size_t& serving() { return serving_; }
  // Something has happened that a task may go on by.
  void note_progress() { last_progress_ = now(); }
  // A socket, or a fault that comes again and again, may rightly be silent for so long.
  void expect_silence(Duration time);
  // For a loop that runs by itself and waits: when nobody can ever wake, or a limit of the world is
  // reached, it says who waits and ends the program.
  void insist_on_going_on(Instant next);

 private:
  static constexpr Instant k_beginning{Duration(1s)};

  class Arranged;

  Host& add_host(std::initializer_list<std::string_view> names_and_addresses);
  Link& add_link(const std::string& ends, const Impairment& impairment, const WireOptions& wire);
  void attach(Host& host, Link& link);
  struct Limits {
    Instant time;
    std::uint64_t events;
  };
  Limits limits() const { return {k_beginning + options_.time_limit, options_.most_events}; }
  // Whether the next thing, then, may still happen: `finished` if so, else what the run ends with.
  Verdict::End obstacle(Instant next, const Limits& limits) const;
  // While `busy`, and until a limit; what it ended with.
  Verdict::End go_on(bool (*busy)(World&), const Limits& limits);
  bool may_ever_wake() const;
  void clean_up();
  Verdict judge(Verdict::End end);

  const std::uint64_t seed_;
  const WorldOptions options_;
  Agenda agenda_;
  EventLog log_;
  PacketPool packets_;
  Names names_;
  std::set<std::uint16_t> opaque_ports_;
  std::deque<std::unique_ptr<Link>> links_;
  std::map<std::string, int> links_between_;
  std::deque<std::unique_ptr<Host>> hosts_;
  std::deque<std::unique_ptr<Arranged>> arranged_;
  std::size_t faults_to_come_ = 0;
  std::size_t running_ = 0;
  std::size_t serving_ = 0;
  std::size_t periods_ = 0;  // how often every() was called
  Instant last_progress_ = k_beginning;
  Duration quiet_limit_ = 3h;  // the default keepalive notices a dead peer after 2 h 11 min
  bool has_run_ = false;
  bool cleans_up_ = false;
};

}  // namespace patchbay::sim
