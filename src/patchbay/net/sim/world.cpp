#include "patchbay/net/sim/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "patchbay/net/sim/misuse.hpp"
#include "patchbay/net/sim/openssl_chance.hpp"

namespace patchbay::sim {

namespace {

// For tasks that were cancelled to clean up.
constexpr Duration k_clean_up_limit = 1h;
constexpr std::uint64_t k_clean_up_events = 10'000'000;

// "10.0.0.1", "fd00::1/64".
bool parse_address(std::string_view text, InterfaceAddress& into) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return false;
  into = {*address, address->is_v6() ? 64 : 24};
  if (slash == text.npos) return true;
  into.prefix_length = 0;
  for (const char digit : text.substr(slash + 1)) {
    if (digit < '0' || digit > '9') return false;
    into.prefix_length = into.prefix_length * 10 + (digit - '0');
  }
  return into.prefix_length <= (address->is_v6() ? 128 : 32);
}

}  // namespace

// What at() and every() have arranged.
class World::Arranged final : public Pending {
 public:
  Arranged(World& world, std::move_only_function<void()> fault, Duration about_every,
           std::uint64_t seed)
      : world_(world), fault_(std::move(fault)), about_every_(about_every), chance_(seed) {}

  void arrange(Instant when) { world_.agenda_.add(*this, when); }
  void arrange_next() {
    const auto most = 2 * static_cast<std::uint64_t>(about_every_.count());
    arrange(world_.now() + Duration(static_cast<std::int64_t>(1 + chance_.bits() % most)));
  }
  void happen() override {
    if (world_.cleans_up_) return;  // what it refers to may be gone
    world_.log_.add(static_cast<std::uint64_t>(world_.elapsed().count()));
    if (about_every_ == Duration::zero()) {
      --world_.faults_to_come_;
      world_.note_progress();
    } else {
      arrange_next();
    }
    fault_();
  }

 private:
  World& world_;
  std::move_only_function<void()> fault_;
  Duration about_every_;
  Chance chance_;
};

World::World(std::uint64_t seed, WorldOptions options) : seed_(seed), options_(options) {
  OpensslChance::install();
  log_.add(seed);
}

// Those that do not end even so are abandoned with their host: that is a leak, and the end of a run
// that has failed anyway.
World::~World() {
  clean_up();
  for (const auto& host : hosts_) {
    if (host->has_tasks()) host->abandon();
  }
}

// Tasks are cancelled, and have an hour of the world's time to come to their end.
void World::clean_up() {
  cleans_up_ = true;
  if (running() + serving() == 0) return;
  for (const auto& host : hosts_) {
    host->resume();
    host->cancel_running();
    host->cancel_serving();
  }
  go_on([](World& world) { return world.running() + world.serving() > 0; },
        {now() + k_clean_up_limit, events() + k_clean_up_events});
}

std::uint64_t World::seed_for(std::string_view purpose) const {
  return Chance(seed_ ^ EventLog::hash_of(purpose)).bits();
}

Chance World::chance_for(std::string_view purpose) const {
  return Chance(seed_for(fmt::format("test {}", purpose)));
}

std::chrono::system_clock::time_point World::wall_clock() const {
  return options_.date + std::chrono::duration_cast<std::chrono::system_clock::duration>(elapsed());
}

// --- what there is -------------------------------------------------------------------------------

Host& World::add_host(std::initializer_list<std::string_view> names_and_addresses) {
  std::string name;
  std::vector<InterfaceAddress> addresses;
  for (const std::string_view text : names_and_addresses) {
    InterfaceAddress address;
    if (parse_address(text, address)) {
      addresses.push_back(address);
    } else if (name.empty() && text.find_first_of("/:") == text.npos) {
      name = text;
    } else {
      misuse(fmt::format("'{}' is neither an address nor the host's name", text));
    }
  }
  if (name.empty() && addresses.empty()) misuse("a host needs a name or an address");
  for (const InterfaceAddress& each : addresses) {
    for (const auto& other : hosts_) {
      if (other->stack().owns(each.address) && !each.address.is_loopback()) {
        misuse(fmt::format("two hosts with the address {}", each.address.to_string()));
      }
    }
    if (!name.empty()) names_.add(name, each.address);
  }
  if (name.empty()) name = addresses.front().address.to_string();
  const auto is_so_named = [&](const auto& other) { return other->name() == name; };
  // They would have the same chances.
  if (std::ranges::any_of(hosts_, is_so_named)) misuse(fmt::format("two hosts named {}", name));
  hosts_.push_back(std::make_unique<Host>(*this, std::move(name), std::move(addresses),
                                          LoopOptions{.deadlines = options_.deadlines}));
  return *hosts_.back();
}

Host& World::lone_host(LoopOptions options) {
  std::vector<InterfaceAddress> addresses(2);
  parse_address("192.0.2.1", addresses[0]);
  parse_address("fd00:2::1", addresses[1]);
  hosts_.push_back(std::make_unique<Host>(*this, "host", std::move(addresses), std::move(options)));
  segment({std::ref(*hosts_.back())});
  return *hosts_.back();
}

Link& World::add_link(const std::string& ends, const Impairment& impairment,
                      const WireOptions& wire) {
  // Of several between the same hosts each has a chance of its own.
  const std::string purpose = fmt::format("link {}{}", ++links_between_[ends], ends);
  links_.push_back(std::make_unique<Link>(*this, seed_for(purpose), impairment, wire));
  return *links_.back();
}

void World::attach(Host& host, Link& link) {
  const std::size_t number = host.stack().nics().size();
  const std::uint64_t id = EventLog::hash_of(host.name());
  Interface made{.name = fmt::format("eth{}", number - 1),
                 .mtu_bytes = link.mtu_bytes(),
                 .up = true,
                 .multicast = true,
                 .addresses = host.addresses()};
  made.hardware_address = {2,
                           static_cast<std::uint8_t>(id),
                           static_cast<std::uint8_t>(id >> 8),
                           static_cast<std::uint8_t>(id >> 16),
                           static_cast<std::uint8_t>(id >> 24),
                           static_cast<std::uint8_t>(number)};
  host.stack().add_nic(std::move(made), &link);
}

Link& World::link(Host& a, Host& b, const Impairment& impairment, const WireOptions& wire) {
  return segment({std::ref(a), std::ref(b)}, impairment, wire);
}

Link& World::segment(std::initializer_list<std::reference_wrapper<Host>> hosts,
                     const Impairment& impairment, const WireOptions& wire) {
  std::string ends;
  for (const Host& host : hosts) ends += " " + host.name();
  Link& made = add_link(ends, impairment, wire);
  for (Host& host : hosts) attach(host, made);
  for (Host& host : hosts) host.stack().forget_routes();
  return made;
}

// --- what happens --------------------------------------------------------------------------------

void World::at(Duration time, std::move_only_function<void()> fault) {
  if (!options_.faults) return;
  ++faults_to_come_;
  arranged_.push_back(std::make_unique<Arranged>(*this, std::move(fault), Duration::zero(), 0));
  arranged_.back()->arrange(k_beginning + time);
}

void World::every(Duration time, std::function<void()> fault) {
  if (!options_.faults) return;
  if (time <= Duration::zero()) misuse("something cannot happen every so often as that");
  expect_silence(2 * time);
  const std::string purpose = fmt::format("fault {}", ++periods_);
  arranged_.push_back(std::make_unique<Arranged>(*this, std::move(fault), time, seed_for(purpose)));
  arranged_.back()->arrange_next();
}

Verdict World::run() {
  has_run_ = true;
  note_progress();  // what was done since the last run may be the reason to go on
  Verdict::End end = go_on([](World& world) { return world.running() > 0; }, limits());
  if (end == Verdict::End::finished) {
    for (const auto& host : hosts_) host->cancel_serving();
    note_progress();
    end = go_on([](World& world) { return world.serving() > 0; }, limits());
  }
  Verdict verdict = judge(end);
  if (end != Verdict::End::finished) clean_up();  // while all that tasks refer to is still there
  return verdict;
}

void World::run_for(Duration time) {
  const Instant until = now() + time;
  while (agenda_.next_at() <= until) {
    if (events() >= options_.most_events) return;
    agenda_.step();
  }
  agenda_.skip(until);
}

Verdict::End World::obstacle(Instant next, const Limits& limits) const {
  if (next == Instant::max() || !may_ever_wake()) return Verdict::End::hung;
  if (next > limits.time) return Verdict::End::time_limit;
  if (events() >= limits.events) return Verdict::End::busy;
  return Verdict::End::finished;
}

Verdict::End World::go_on(bool (*busy)(World&), const Limits& limits) {
  while (busy(*this)) {
    const Verdict::End end = obstacle(agenda_.next_at(), limits);
    if (end != Verdict::End::finished) return end;
    agenda_.step();
  }
  return Verdict::End::finished;
}

void World::expect_silence(Duration time) {
  quiet_limit_ = std::max(quiet_limit_, time + 1h);  // and an hour for what follows it
}

// There may be something on the agenda for ever, such as probes of an idle connection: then it is
// the long time in which no task had reason to run, and that no task has set itself an alarm, that
// tells.
bool World::may_ever_wake() const {
  const Instant next = agenda_.next_at();
  if (next == Instant::max() || next - last_progress_ < quiet_limit_) return true;
  if (faults_to_come_ > 0) return true;
  return std::ranges::any_of(hosts_, [](const auto& host) { return host->has_deadline(); });
}

Verdict World::judge(Verdict::End end) {
  Verdict verdict{.end = end, .seed = seed_, .took = elapsed(), .events = events()};
  for (const auto& host : hosts_) {
    for (const std::string& failure : host->failures()) {
      verdict.failures.push_back(host->name() + ": " + failure);
    }
    if (end == Verdict::End::finished) continue;
    for (Waiting& each : waiting_on(*host)) verdict.waiting.push_back(std::move(each));
  }
  return verdict;
}

void World::insist_on_going_on(Instant next) {
  const Verdict::End end = obstacle(next, limits());
  if (end == Verdict::End::finished) return;
  fmt::print(stderr, "{}\n", judge(end).describe());
  std::abort();
}

std::string Verdict::describe() const {
  std::string text = fmt::format("seed {}: ", seed);
  const double seconds = std::chrono::duration<double>(took).count();
  switch (end) {
    case End::finished: text += fmt::format("it ended after {:.3f} s", seconds); break;
    case End::hung: text += fmt::format("it hangs: after {:.3f} s nobody can wake", seconds); break;
    case End::time_limit: text += fmt::format("it still runs after {:.3f} s", seconds); break;
    case End::busy:
      text += fmt::format("it still runs after {} events, in {:.3f} s", events, seconds);
      break;
  }
  for (const Waiting& each : waiting) text += "\n  " + each.describe();
  for (const std::string& failure : failures) text += "\n  " + failure;
  return text;
}

}  // namespace patchbay::sim
