// For tests: frames as a peer would send them, and what a receiver makes of them however they are
// cut.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/base/text.hpp"
#include "patchbay/wire/websocket_message.hpp"

namespace patchbay {

struct FrameShape {
  bool final = true;
  bool compressed = false;
};

inline constexpr WebSocketMask k_test_mask = {std::byte{0x11}, std::byte{0x9a}, std::byte{0xf0},
                                              std::byte{0x5c}};

// A frame of a client.
inline std::string masked(WebSocketOpcode opcode, std::string_view payload, FrameShape shape = {}) {
  std::string frame;
  append_websocket_frame(
      frame,
      {.opcode = opcode, .final = shape.final, .compressed = shape.compressed, .mask = k_test_mask},
      payload);
  return frame;
}

// A frame of a server.
inline std::string plain(WebSocketOpcode opcode, std::string_view payload, FrameShape shape = {}) {
  std::string frame;
  append_websocket_frame(
      frame, {.opcode = opcode, .final = shape.final, .compressed = shape.compressed}, payload);
  return frame;
}

struct Reception {
  std::vector<WebSocketEvent> events;
  int close_code = 0;          // what the connection is to be closed with; 0: nothing is wrong
  std::string why;             // of that
  std::size_t read_bytes = 0;  // until then
};

inline Reception receive_in_pieces(WebSocketReceiver receiver, std::string_view bytes,
                                   std::size_t piece) {
  Reception reception;
  while (!bytes.empty()) {
    auto data = std::as_bytes(std::span(bytes.substr(0, piece)));
    bytes.remove_prefix(data.size());
    const std::size_t size = data.size();
    for (;;) {
      const auto event = receiver.next(data);
      if (!event) {
        reception.read_bytes += size - data.size();
        reception.close_code = websocket_close_code(event.error());
        reception.why = event.error().why();
        return reception;
      }
      if (!*event) break;
      reception.events.push_back(**event);
    }
    EXPECT_TRUE(data.empty());
    reception.read_bytes += size;
  }
  return reception;
}

struct ReceiverShape {
  WebSocketRole role = WebSocketRole::server;
  std::optional<WebSocketDeflate> deflate = {};
  std::size_t limit = 1000;
};

// What it all comes to. The same for pieces of every size, or the test fails.
inline Reception receive(std::string_view bytes, const ReceiverShape& shape = {}) {
  const auto cut_to = [&](std::size_t piece) {
    return receive_in_pieces(WebSocketReceiver(shape.role, shape.deflate, shape.limit), bytes,
                             piece);
  };
  const Reception whole = cut_to(std::max<std::size_t>(bytes.size(), 1));
  for (const std::size_t piece : {1UZ, 2UZ, 3UZ, 5UZ, 7UZ, 64UZ}) {
    const Reception cut = cut_to(piece);
    EXPECT_EQ(cut.events, whole.events) << "in pieces of " << piece;
    EXPECT_EQ(cut.close_code, whole.close_code) << "in pieces of " << piece;
    EXPECT_EQ(cut.why, whole.why) << "in pieces of " << piece;
  }
  return whole;
}

inline WebSocketEvent text_event(std::string_view text) {
  return {.kind = WebSocketOpcode::text, .payload = std::string(text)};
}

inline WebSocketEvent event_of(WebSocketOpcode kind, std::string_view payload) {
  return {.kind = kind, .payload = std::string(payload)};
}

inline void PrintTo(const WebSocketEvent& event, std::ostream* out) {
  *out << static_cast<int>(event.kind) << ' ' << event.code << ' '
       << escape_terminal(event.payload);
}

}  // namespace patchbay
