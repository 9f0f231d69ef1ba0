// What the tests of whole tools share: a server with an account of its clients, and clients that
// hold it to that.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <map>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/net/sim/peers_fixture.hpp"
#include "patchbay/net/sim/seeds.hpp"
#include "patchbay/tools/echo/serve_tcp.hpp"

namespace patchbay::sim {

inline constexpr std::uint16_t k_tool_port = 5000;

inline Endpoint tool_at(const Host& server) { return Endpoint(server.address(), k_tool_port); }

// What a server tells of its clients, as sums. Nobody leaves who has not come, nor twice.
class Ledger final : public TcpServeEvents {
 public:
  void joined(const TcpVisit& visit) override {
    ++joined_;
    most_ = std::max(most_, here());
    // A client that was reset in the queue has no address any more.
    if (visit.peer != Endpoint()) EXPECT_TRUE(heard_at_.emplace(visit.peer, now()).second);
  }
  void message(const TcpVisit& visit, std::span<const std::byte> bytes) override {
    ++messages_;
    message_bytes_ += bytes.size();
    heard_at_[visit.peer] = now();
  }
  void left(const TcpVisit& visit, Parting parting) override {
    ++partings_[static_cast<std::size_t>(parting)];
    EXPECT_LE(left(), joined_);
    received_bytes_ += visit.received_bytes;
    sent_bytes_ += visit.sent_bytes;
    if (parting == Parting::idle) silences_.push_back(now() - heard_at_[visit.peer]);
    heard_at_.erase(visit.peer);
    if (visit.fault) faults_.push_back(*visit.fault);
  }
  void full(std::size_t clients) override {
    EXPECT_EQ(clients, here());
    ++fulls_;
  }

  std::uint64_t joined() const { return joined_; }
  std::uint64_t left() const {
    return std::accumulate(partings_.begin(), partings_.end(), std::uint64_t{0});
  }
  std::uint64_t left(Parting parting) const { return partings_[static_cast<std::size_t>(parting)]; }
  std::uint64_t here() const { return joined_ - left(); }
  std::uint64_t most() const { return most_; }  // at a time
  std::uint64_t messages() const { return messages_; }
  std::uint64_t message_bytes() const { return message_bytes_; }
  std::uint64_t received_bytes() const { return received_bytes_; }
  std::uint64_t sent_bytes() const { return sent_bytes_; }
  std::uint64_t fulls() const { return fulls_; }
  // How long those were silent that had to leave for that.
  const std::vector<Duration>& silences() const { return silences_; }
  const std::vector<Error>& faults() const { return faults_; }

 private:
  static Instant now() { return Loop::current().now(); }

  std::uint64_t joined_ = 0;
  std::uint64_t most_ = 0;
  std::uint64_t messages_ = 0;
  std::uint64_t message_bytes_ = 0;
  std::uint64_t received_bytes_ = 0;
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t fulls_ = 0;
  std::array<std::uint64_t, static_cast<std::size_t>(Parting::stopped) + 1> partings_{};
  std::map<Endpoint, Instant> heard_at_;
  std::vector<Duration> silences_;
  std::vector<Error> faults_;
};

// `tcp serve` on a host, and what it counts.
struct ServedTcp {
  TcpServeTotals totals = {};
  Ledger ledger = {};

  // Whoever came has left, and both accounts are the same.
  void expect_consistent() const {
    EXPECT_EQ(ledger.joined(), totals.clients);
    EXPECT_EQ(ledger.left(), totals.clients);
    EXPECT_EQ(ledger.left(Parting::stopped), totals.cut_clients);
    EXPECT_EQ(ledger.received_bytes(), totals.received_bytes);
    EXPECT_EQ(ledger.sent_bytes(), totals.sent_bytes);
  }
};

inline Task<Result<>> serve_tool(TcpServeOptions options, TcpServeTotals& totals,
                                 TcpServeEvents* events) {
  auto listener = TcpListener::bind(Endpoint(IpAddress::any(Family::v4), k_tool_port));
  if (!listener) co_return listener.error();
  std::vector<TcpListener> listeners;
  listeners.push_back(std::move(*listener));
  co_return co_await serve_tcp(std::move(listeners), std::move(options), totals, events);
}
inline Task<Result<>> serve_tool(TcpServeOptions options, ServedTcp& served) {
  return serve_tool(std::move(options), served.totals, &served.ledger);
}

// --- clients -------------------------------------------------------------------------------------

// What clients did, all together.
struct Clients {
  std::uint64_t connections = 0;
  std::uint64_t offered_bytes = 0;  // to write; a reset decides how many of them left
  std::uint64_t heard_bytes = 0;
  std::uint64_t answered = 0;  // in whole
};

inline Task<Result<>> send_and_end(Stream& stream, std::string_view text) {
  if (const auto sent = co_await stream.write_all(text); !sent) co_return sent;
  co_return co_await stream.shutdown_write();
}

// To the end, so that a byte too many is noticed as well.
inline Task<Result<>> hear_to_the_end(Stream& stream, std::string_view text, Clients& account) {
  for (std::size_t heard = 0;;) {
    const auto data = co_await stream.receive();
    if (!data) co_return data.error();
    if (data->empty() && heard == text.size()) co_return ok();
    if (data->empty()) co_return Error(Fault::integrity, "hear all of the answer");
    account.heard_bytes += data->size();
    if (heard + data->size() > text.size() || data->text() != text.substr(heard, data->size())) {
      co_return Error(Fault::integrity, "hear the right answer");
    }
    heard += data->size();
  }
}

inline Task<Result<>> exchange_over(Stream& stream, std::string_view text, std::string_view answer,
                                    Clients& account) {
  ++account.connections;
  account.offered_bytes += text.size();
  const auto done =
      co_await both(send_and_end(stream, text), hear_to_the_end(stream, answer, account));
  if (done) ++account.answered;
  co_return done;
}

// Says it, ends its side, and hears the answer and the end of the other. A connection that is reset
// is a reason to try again, anything else is none.
inline Task<Result<>> exchange(Endpoint server, std::string text, std::string answer,
                               Clients& account) {
  for (;;) {
    auto stream = co_await TcpStream::connect(server);
    // A host that stands still for a moment may learn of both at once: connected, and reset.
    if (!stream && stream.error().fault() == Fault::closed) {
      ++account.connections;
      continue;
    }
    if (!stream) co_return stream.error();
    const auto done = co_await exchange_over(*stream, text, answer, account);
    if (done || done.error().fault() != Fault::closed) co_return done;
  }
}
inline Task<Result<>> exchange(Endpoint server, std::string text, Clients& account) {
  return exchange(server, text, text, account);
}

// After a while, unless it failed.
inline Task<Result<>> after(Duration time, Task<Result<>> task) {
  if (const auto slept = co_await sleep_for(time); !slept) co_return slept;
  co_return co_await task;
}

// Goes on for so long: for what the others have left behind to arrive.
inline Task<Result<>> stay(Duration time) { co_return co_await sleep_for(time); }

// --- chance --------------------------------------------------------------------------------------

// Of [0, most).
inline Duration some_time(Chance& chance, Duration most) {
  return Duration(
      static_cast<std::int64_t>(chance.bits() % static_cast<std::uint64_t>(most.count())));
}
inline std::string some_text(Chance& chance, std::size_t most) {
  const std::size_t size = 1 + chance.bits() % most;
  return pattern(size, chance.bits());
}

// It stands still for so long, from some time within the first `until` on.
inline void pause_some_time(World& world, Host& host, Duration until, Duration length) {
  Chance chance = world.chance_for("pause of " + host.name());
  const Duration begin = some_time(chance, until);
  world.at(begin, [&host] { host.pause(); });
  world.at(begin + length, [&host] { host.resume(); });
}

}  // namespace patchbay::sim
