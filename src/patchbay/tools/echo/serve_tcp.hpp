// A TCP server for one of a few simple conversations, as `patchbay tcp serve` runs it.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/tools/echo/connect_tcp_relay.hpp"
#include "patchbay/tools/echo/reply_template.hpp"
#include "patchbay/tools/echo/services.hpp"
#include "patchbay/tools/serve_tls.hpp"

namespace patchbay {

// What a client is joined to: standard input and output, for `nc -l`. `relay` says how.
struct TcpJoin {
  Stream& input;
  Stream& output;
  RelayOptions relay = {};
};

struct TcpServeOptions {
  Service service = Service::echo;
  std::optional<ReplyTemplate> reply = {};  // in place of the service: an answer to each receive
  bool lines = false;                       // with `reply`: to each line
  // In place of both: joins the first client to these, and closes the listeners when it has come.
  // Borrowed.
  TcpJoin* join = nullptr;
  ServerCertificate* certificate = nullptr;  // not null: TLS, with this. Borrowed
  bool once = false;                  // one client at a time, and the first answer ends the server
  std::size_t max_clients = 100'000;  // further ones wait in the listener's backlog
  // How long a client may send nothing, how long it may leave an answer unread, and how long it may
  // take over one line. Duration::max() for ever.
  Duration idle = 5min;
  std::size_t line_bytes = 64 * 1024;  // a longer line ends the conversation
};

// Why a conversation ended.
enum class Parting : std::uint8_t {
  left,         // the client ended its side, and has its answers
  answered,     // it got all that there was to get
  idle,         // it sent nothing for so long
  not_reading,  // it did not take its answer for so long
  slow_line,    // it did not end its line for so long
  long_line,    // its line is longer than line_bytes
  reset,        // it broke the connection off
  lost,         // the network lost it
  no_tls,       // the two did not agree on TLS; TcpVisit::fault says why
  stopped,      // this server was told to stop
};

std::string_view name_of(Parting parting);

// One client's stay.
struct TcpVisit {
  Endpoint peer;
  Instant since{};
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
  std::optional<Error> fault = {};
};

// What a server tells about its clients while it runs, on its loop's thread. Who takes long to
// listen makes the clients wait.
class TcpServeEvents {
 public:
  virtual ~TcpServeEvents() = default;
  virtual void joined(const TcpVisit& visit) = 0;
  virtual void message(const TcpVisit& visit, std::span<const std::byte> bytes) = 0;
  virtual void left(const TcpVisit& visit, Parting parting) = 0;
  // max_clients are here; said again only after the number has fallen to half of it.
  virtual void full(std::size_t clients) = 0;
};

struct TcpServeTotals {
  std::uint64_t clients = 0;
  std::uint64_t cut_clients = 0;  // still talking when the server was told to stop
  std::uint64_t received_bytes = 0;
  std::uint64_t sent_bytes = 0;
};

// Serves until the task is cancelled, which is no failure, or until `once` is fulfilled. Without
// events nothing is told and no client's address is asked for. `totals` and `events` are borrowed;
// the totals grow as clients leave.
Task<Result<>> serve_tcp(std::vector<TcpListener> listeners, TcpServeOptions options,
                         TcpServeTotals& totals, TcpServeEvents* events);

}  // namespace patchbay
