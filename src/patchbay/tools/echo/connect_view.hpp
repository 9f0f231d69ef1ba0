// How `connect` shows the bytes of both directions, and the output that it shows them on.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "patchbay/net/event.hpp"
#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// Turns what passes into text. Each function gives what is to be written now, or nothing.
class ConnectView {
 public:
  virtual ~ConnectView() = default;
  virtual std::string sent(std::span<const std::byte> bytes) = 0;
  virtual std::string received(std::span<const std::byte> bytes) = 0;
  virtual std::string peer_ended() = 0;
};

// For a terminal: what the peer says, escaped; newlines and tabs pass. A character cut in two by
// the network is shown whole.
std::unique_ptr<ConnectView> make_escaped_view();

// A hex dump of both directions, "> " before what was sent and "< " before what came.
std::unique_ptr<ConnectView> make_hex_view();

// A record for each piece, "sent" or "received". `out` is borrowed.
std::unique_ptr<ConnectView> make_json_view(Output& out, bool hex);

// The one that the output and --hex ask for; null where bytes pass as they are.
std::unique_ptr<ConnectView> view_for(Output& out, bool hex);

// A stream that two tasks write to, one text after the other. `stream` is borrowed.
class ConnectOutput {
 public:
  explicit ConnectOutput(Stream& stream) : stream_(stream) {}

  Task<Result<>> show(std::string text);
  // As it is, without waiting for a turn: for when only one task writes.
  Task<Result<>> pass(std::span<const std::byte> bytes);

  // A write failed because nobody reads any more: no fault of this program.
  bool reader_left() const { return reader_left_; }

 private:
  Stream& stream_;
  Event free_{true};
  bool busy_ = false;
  bool reader_left_ = false;
};

}  // namespace patchbay
