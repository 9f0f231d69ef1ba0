// The doors that clients of IRC come in by: one connection each, from its first byte to its end.
#pragma once

#include <cstdint>

#include "patchbay/http/websocket.hpp"
#include "patchbay/net/tls.hpp"
#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

// Over TCP, or over what carries it. `secure`: nobody can listen. While its client is silent it
// holds no buffer.
Task<> talk_irc(IrcServer& server, Stream stream, Endpoint peer, bool secure);

// Over TLS, which is agreed on first: within the time that there is for a name, and the client has
// its place, of those that its address may have, from the beginning. `context` is for a server, and
// needed until this has begun.
Task<> talk_irc_over_tls(IrcServer& server, Stream stream, Endpoint peer,
                         const TlsContext& context);

// Over a WebSocket: a message is a line without its end. `framing`: irc::text_frames or
// irc::binary_frames. The socket is closed when this ends.
Task<> talk_irc_websocket(IrcServer& server, WebSocket& socket, Endpoint peer, bool secure,
                          std::uint32_t framing);

}  // namespace patchbay
