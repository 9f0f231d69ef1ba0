// TcpStream::connect by name: RFC 8305, "Happy Eyeballs". Both families are asked for at once, and
// attempts follow each other so closely that a dead family costs a quarter of a second.
#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/resolve.hpp"
#include "patchbay/net/tcp.hpp"

namespace patchbay {

namespace {

// RFC 8305 section 8.
constexpr Duration k_resolution_delay = 50ms;
constexpr Duration k_attempt_delay = 250ms;

constexpr const char* k_operation = "connect to";

// How much an error tells, when several attempts failed for different reasons: what is wrong here
// comes first, then what the other host said, then what nobody said, and last that one family has
// no route, as on every host with IPv4 alone.
int rank(const Error& error) {
  switch (error.fault()) {
    case Fault::permission: return 0;
    case Fault::limit: return 1;
    case Fault::refused: return 2;
    case Fault::closed: return 3;
    case Fault::timed_out: return 4;
    case Fault::unreachable: return 6;
    default: return 5;
  }
}

// One race for one connection. It lives in the frame of connect(), which outlives the group.
struct Race {
  HostPort host;
  ConnectOptions options;
  Deadline deadline;
  Resolver& resolver;

  // Look-ups.
  bool waits_for_v6 = false;
  bool waits_for_v4 = false;
  std::vector<IpAddress> untried = {};  // sorted
  std::optional<Error> lookup_failure = {};

  // Attempts.
  std::size_t running = 0;
  std::optional<Family> last_tried = {};
  std::optional<Deadline> not_before = {};  // when the next one may start; empty: at once
  std::optional<Error> failure = {};
  std::optional<TcpStream> winner = {};

  Event changed{};

  bool waits_for_names() const { return waits_for_v6 || waits_for_v4; }
  bool began() const { return last_tried.has_value(); }
  Error about(const Error& error) const { return error.about(host.to_string()); }

  void take_answer(Family family, Result<std::vector<IpAddress>> found);
  void take_attempt(Result<TcpStream> attempted);
  IpAddress take_next();
  Error verdict() const;
  Error too_late() const;
};

void Race::take_answer(Family family, Result<std::vector<IpAddress>> found) {
  (family == Family::v6 ? waits_for_v6 : waits_for_v4) = false;
  changed.set();
  // Section 3: IPv4 that came first gives IPv6 a little time to catch up.
  if (!began()) not_before.reset();
  if (!began() && waits_for_v6) not_before = Deadline::after(k_resolution_delay);
  if (found) {
    untried.insert(untried.end(), found->begin(), found->end());
    resolver.sort(untried);
  } else if (!lookup_failure || found_no_address(*lookup_failure)) {
    // That a name lacks one family says less than why the other could not be asked for.
    lookup_failure = found.error();
  }
}

void Race::take_attempt(Result<TcpStream> attempted) {
  --running;
  changed.set();
  if (attempted) {
    if (!winner) winner = std::move(*attempted);
    return;
  }
  not_before.reset();  // nothing to wait for
  if (!failure || rank(attempted.error()) < rank(*failure)) failure = attempted.error();
}

// Section 4: the families take turns, and the best address of all begins.
IpAddress Race::take_next() {
  auto next = std::ranges::find_if(
      untried, [&](const IpAddress& address) { return address.family() != last_tried; });
  if (next == untried.end()) next = untried.begin();
  const IpAddress address = *next;
  untried.erase(next);
  last_tried = address.family();
  return address;
}

// Of a race that nobody can win any more.
Error Race::verdict() const {
  if (failure) return about(*failure);
  if (lookup_failure && (options.local || !found_no_address(*lookup_failure))) {
    return *lookup_failure;
  }
  return resolve_error(ResolveFailure::no_address, host.host);
}

Error Race::too_late() const {
  Error error(Fault::timed_out, k_operation);
  if (!began()) {
    error = error.because("the deadline passed before a name server told its address")
                .advising("allow more time, or check the name servers in /etc/resolv.conf");
  } else if (failure) {
    error =
        error.because("the deadline passed; some of its addresses failed, the others are silent")
            .advising("allow more time, or check that the peer is up");
  }
  return about(error);
}

Task<> look_up(Race& race, Family family) {
  auto found = co_await race.resolver.addresses(race.host.host, family, race.deadline);
  race.take_answer(family, std::move(found));
}

Task<> attempt(Race& race, Endpoint endpoint) {
  auto attempted = co_await TcpStream::connect(endpoint, race.options, race.deadline);
  race.take_attempt(std::move(attempted));
}

// Until something happened or the next attempt is due.
Task<Result<>> wait_for_change(Race& race) {
  const Deadline next = race.untried.empty() ? Deadline::never() : *race.not_before;
  const auto waited = co_await race.changed.wait(race.deadline.or_earlier(next));
  race.changed.reset();
  if (waited) co_return ok();
  const bool is_late = waited.error().fault() == Fault::timed_out;
  // It is the race's own time that has come, unless the caller's came before.
  if (is_late && next.at() <= Loop::current().now() && next.at() < race.deadline.at()) {
    race.not_before.reset();
    co_return ok();
  }
  if (is_late) co_return race.too_late();
  co_return race.about(Error(waited.error().fault(), k_operation));
}

Task<Result<TcpStream>> run(TaskGroup& group, Race& race) {
  const Deadline limit = race.deadline.or_earlier(group.scope().deadline());
  if (group.cancelled()) co_return race.about(Error(Fault::cancelled, k_operation));
  if (limit.at() <= Loop::current().now()) {
    co_return race.about(Error(Fault::timed_out, k_operation));
  }
  for (const Family family : {Family::v6, Family::v4}) {
    if (race.options.local && race.options.local->family() != family) continue;
    (family == Family::v6 ? race.waits_for_v6 : race.waits_for_v4) = true;
  }
  if (race.waits_for_v6) group.spawn(look_up, std::ref(race), Family::v6);
  if (race.waits_for_v4) group.spawn(look_up, std::ref(race), Family::v4);

  while (!race.winner) {
    if (!race.untried.empty() && !race.not_before) {
      const Endpoint endpoint(race.take_next(), race.host.port);
      ++race.running;
      race.not_before = Deadline::after(k_attempt_delay);
      group.spawn(attempt, std::ref(race), endpoint);
      continue;
    }
    if (race.untried.empty() && race.running == 0 && !race.waits_for_names()) {
      co_return race.verdict();
    }
    const auto waited = co_await wait_for_change(race);
    if (!waited) {
      group.cancel();
      co_return waited.error();
    }
  }
  group.cancel();
  co_return std::move(*race.winner);
}

}  // namespace

Task<Result<TcpStream>> TcpStream::connect(HostPort host, ConnectOptions options,
                                           Deadline deadline) {
  if (const auto address = IpAddress::parse(host.host)) {
    co_return co_await connect(Endpoint(*address, host.port), std::move(options), deadline);
  }
  Race race{.host = std::move(host),
            .options = std::move(options),
            .deadline = deadline,
            .resolver = Loop::current().resolver()};
  co_return co_await with_group(run, std::ref(race));
}

}  // namespace patchbay
