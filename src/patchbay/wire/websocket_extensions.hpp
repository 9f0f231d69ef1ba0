// Sec-WebSocket-Extensions (RFC 6455 section 9.1) and the parameters of permessage-deflate in it
// (RFC 7692 section 7.1). For the handshake.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/base/result.hpp"
#include "patchbay/wire/websocket_handshake.hpp"

namespace patchbay {

struct WebSocketExtension {
  struct Parameter {
    std::string name;
    std::optional<std::string> value;  // without its quotes
  };
  std::string name;
  std::vector<Parameter> parameters;
};

// `protocol` when the text is not of that form, `limit` for more than 32 extensions or parameters.
Result<std::vector<WebSocketExtension>> read_websocket_extensions(std::string_view field);

// What a server answers to the offers of a client: nothing when none of them can be met.
struct WebSocketDeflateAnswer {
  WebSocketDeflate agreed;
  std::string field;
};
std::optional<WebSocketDeflateAnswer> answer_deflate_offers(
    const std::vector<WebSocketExtension>& offers, const WebSocketDeflate& wish);

// What a client offers, in the order of its preference.
std::string deflate_offers(const WebSocketDeflate& wish);

// What the server's answer comes to. `protocol` if it is no answer to deflate_offers(wish).
Result<std::optional<WebSocketDeflate>> read_deflate_answer(
    const std::vector<WebSocketExtension>& answer, const std::optional<WebSocketDeflate>& wish);

// The tokens of a list such as Sec-WebSocket-Protocol, or nothing when it is none.
std::optional<std::vector<std::string_view>> read_token_list(std::string_view field);

}  // namespace patchbay
