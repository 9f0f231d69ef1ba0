#include "patchbay/tools/echo/serve_udp.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/net/datagram.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/loop.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_batch = 64;
constexpr std::size_t k_largest_datagram = 64 * 1024;  // no UDP datagram is longer

// Ports of services that answer whatever comes: echo, systat, daytime, netstat, qotd, chargen,
// time.
constexpr std::array<std::uint16_t, 7> k_small_services = {7, 11, 13, 15, 17, 19, 37};

struct UdpServer {
  const UdpServeOptions& options;
  UdpServeTotals& totals;
  UdpServeEvents* events;
  std::vector<UdpSocket> sockets;
  bool told_shunned = false;
  bool told_refused = false;
  std::optional<Error> failure = {};

  bool plain_echo() const { return !options.reply && options.service == Service::echo; }
  void shun(const Endpoint& peer);
  void count_sent(const DatagramBatch& answers, std::uint64_t bytes);
};

void UdpServer::shun(const Endpoint& peer) {
  ++totals.shunned_datagrams;
  if (events != nullptr && !std::exchange(told_shunned, true)) events->shunned(peer);
}

void UdpServer::count_sent(const DatagramBatch& answers, std::uint64_t bytes) {
  totals.sent_datagrams += answers.taken();
  totals.refused_datagrams += answers.refused();
  if (answers.refused() == 0) {
    totals.sent_bytes += bytes;
    return;
  }
  if (events == nullptr || std::exchange(told_refused, true)) return;
  events->refused(Error::from_errno(answers.refusal_code(), "send an answer"));
}

// Counts and tells what came. True if each of the datagrams may be answered.
bool look_at(UdpServer& server, DatagramBatch& batch, std::uint16_t own_port) {
  bool all_good = true;
  for (const BatchedDatagram datagram : batch) {
    server.totals.received_bytes += datagram.bytes().size();
    const Endpoint peer = datagram.peer();
    if (server.events != nullptr) server.events->message(peer, datagram.bytes());
    all_good = all_good && may_answer(peer.port(), own_port);
  }
  server.totals.received_datagrams += batch.size();
  return all_good;
}

std::string answer_to(const UdpServer& server, std::string_view message) {
  if (server.options.reply) return server.options.reply->fill(message);
  Loop& loop = Loop::current();
  switch (server.options.service) {
    case Service::echo: return std::string(message);
    case Service::discard: return {};
    case Service::chargen: return std::string(chargen_datagram(loop.random_bits()));
    case Service::daytime: return daytime_line(loop.wall_clock());
    case Service::time: return std::string(as_text(time_number(loop.wall_clock())));
  }
  std::unreachable();
}

// Fills `answers` and returns the sum of their bytes.
std::uint64_t answer_all(UdpServer& server, DatagramBatch& batch, DatagramBatch& answers,
                         std::uint16_t own_port) {
  answers.clear();
  if (!server.options.reply && server.options.service == Service::discard) return 0;
  std::uint64_t sum = 0;
  for (const BatchedDatagram datagram : batch) {
    const Endpoint peer = datagram.peer();
    if (!may_answer(peer.port(), own_port)) {
      server.shun(peer);
      continue;
    }
    std::string answer = answer_to(server, datagram.text());
    // A template can make it longer than any datagram. The kernel then says so.
    answer.resize(std::min(answer.size(), k_largest_datagram));
    answers.add(answer, peer, settings_for_reply(datagram.metadata()));
    sum += answer.size();
  }
  return sum;
}

// False when the server is to end.
bool go_on_after(UdpServer& server, const Error& error) {
  switch (error.fault()) {
    case Fault::cancelled: return false;
    // News of an earlier answer that nobody wanted: no reason to stop answering others.
    case Fault::refused:
    case Fault::unreachable: return true;
    default: server.failure = error; return false;
  }
}

Task<> serve_socket(TaskGroup& group, UdpServer& server, UdpSocket& socket) {
  const auto local = socket.local();
  const std::uint16_t own_port = local ? local->port() : 0;
  const bool metadata = local && local->address().is_any();
  const BatchOptions memory{.datagrams = server.options.once ? 1 : k_batch,
                            .datagram_bytes = k_largest_datagram,
                            .metadata = metadata};
  DatagramBatch batch(memory);
  DatagramBatch answers(memory);
  for (;;) {
    const auto received = co_await socket.receive(batch);
    if (!received) {
      if (go_on_after(server, received.error())) continue;
      break;
    }
    const std::uint64_t before = server.totals.received_bytes;
    const bool in_place = look_at(server, batch, own_port) && server.plain_echo();
    std::uint64_t bytes = server.totals.received_bytes - before;
    if (!in_place) bytes = answer_all(server, batch, answers, own_port);
    DatagramBatch& outgoing = in_place ? batch : answers;
    if (!outgoing.empty()) {
      const auto sent = co_await socket.send(outgoing);
      server.count_sent(outgoing, bytes);
      if (!sent && sent.error().fault() == Fault::cancelled) break;
    }
    const bool answered = outgoing.taken() > 0 || server.options.service == Service::discard;
    if (server.options.once && answered) break;
  }
  group.cancel();
}

Task<> serve_on_all(TaskGroup& group, UdpServer& server) {
  for (UdpSocket& socket : server.sockets) {
    group.spawn(serve_socket, std::ref(group), std::ref(server), std::ref(socket));
  }
  co_return;
}

}  // namespace

Result<UdpSocket> bind_udp_server(const Endpoint& endpoint, UdpOptions options) {
  options.ip.metadata.destination = endpoint.address().is_any();
  return UdpSocket::bind(endpoint, options);
}

bool may_answer(std::uint16_t port, std::uint16_t own_port) {
  // Small services have small numbers, and port 0 is nobody's; nearly all clients have larger ones.
  if (port == own_port || port == 0) return false;
  return port > k_small_services.back() ||
         std::ranges::find(k_small_services, port) == k_small_services.end();
}

Task<Result<>> serve_udp(std::vector<UdpSocket> sockets, UdpServeOptions options,
                         UdpServeTotals& totals, UdpServeEvents* events) {
  UdpServer server{
      .options = options, .totals = totals, .events = events, .sockets = std::move(sockets)};
  co_await with_group(serve_on_all, std::ref(server));
  if (server.failure) co_return *server.failure;
  co_return ok();
}

}  // namespace patchbay
