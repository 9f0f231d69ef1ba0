// Whatever a WebSocket's peer sends: however it is cut, the messages are the same and so is the
// fault, none is longer than the limit, and text is UTF-8.
// The first byte of the input says who reads and what was agreed on, the second the size of the
// pieces, the third the limit.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "check.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/wire/websocket_extensions.hpp"
#include "patchbay/wire/websocket_message.hpp"

namespace {

using namespace patchbay;

struct Shape {
  WebSocketRole role;
  std::optional<WebSocketDeflate> deflate;
  std::size_t limit;
};

struct Reception {
  std::vector<WebSocketEvent> events;
  std::string why;

  bool operator==(const Reception&) const = default;
};

Reception receive(std::string_view bytes, const Shape& shape, std::size_t piece) {
  WebSocketReceiver receiver(shape.role, shape.deflate, shape.limit);
  Reception reception;
  while (!bytes.empty()) {
    auto data = std::as_bytes(std::span(bytes.substr(0, piece)));
    bytes.remove_prefix(data.size());
    for (;;) {
      const auto event = receiver.next(data);
      if (!event) {
        reception.why = event.error().describe();
        return reception;
      }
      if (!*event) break;
      FUZZ_CHECK((*event)->payload.size() <= std::max<std::size_t>(shape.limit, 125));
      FUZZ_CHECK((*event)->kind != WebSocketOpcode::text || is_valid_utf8((*event)->payload));
      reception.events.push_back(**event);
    }
    FUZZ_CHECK(data.empty());
  }
  return reception;
}

// What was read is sent, and read again as the same.
void send_back(const Reception& reception, const Shape& shape, std::size_t frame_bytes) {
  const WebSocketRole other =
      shape.role == WebSocketRole::server ? WebSocketRole::client : WebSocketRole::server;
  WebSocketSender sender(other, shape.deflate,
                         {.compress_from_bytes = 0, .frame_max_bytes = frame_bytes});
  std::string bytes;
  for (const WebSocketEvent& event : reception.events) {
    if (event.kind == WebSocketOpcode::close) {
      sender.control_frame(bytes, event.kind, write_websocket_close(event.code, event.payload), {});
    } else if (is_control(event.kind)) {
      sender.control_frame(bytes, event.kind, event.payload, {});
    } else {
      sender.begin(event.kind, event.payload);
      while (!sender.done()) FUZZ_CHECK(sender.next_frame(bytes, {std::byte{0x5a}}));
    }
  }
  const Shape roomy{.role = shape.role, .deflate = shape.deflate, .limit = shape.limit + 1000};
  FUZZ_CHECK(receive(bytes, roomy, 1'000'000).events == reception.events);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  Shape shape{.role = (data[0] & 1) != 0 ? WebSocketRole::client : WebSocketRole::server,
              .deflate = std::nullopt,
              .limit = std::size_t{data[2]} * 16};
  if ((data[0] & 2) != 0) {
    const bool forgets = (data[0] & 4) != 0;
    const int bits = 8 + (data[0] >> 5);
    shape.deflate = WebSocketDeflate{forgets, forgets, bits, bits};
  }
  const std::size_t piece = std::max<std::size_t>(data[1], 1);
  const std::string_view bytes(reinterpret_cast<const char*>(data + 3), size - 3);

  const Reception whole = receive(bytes, shape, std::max<std::size_t>(bytes.size(), 1));
  FUZZ_CHECK(whole == receive(bytes, shape, piece));
  FUZZ_CHECK(whole == receive(bytes, shape, 1));
  // Not smaller: a message that is flushed at each byte has no room within the limit.
  send_back(whole, shape, std::max<std::size_t>(piece, 64));

  // The same bytes as a field of a handshake.
  const auto extensions = read_websocket_extensions(bytes);
  if (!extensions) return 0;
  const auto answer = answer_deflate_offers(*extensions, WebSocketDeflate{});
  if (!answer) return 0;
  const auto read = read_websocket_extensions(answer->field);
  FUZZ_CHECK(read);
  const auto agreed = read_deflate_answer(*read, WebSocketDeflate{});
  FUZZ_CHECK(agreed && *agreed == answer->agreed);
  return 0;
}
