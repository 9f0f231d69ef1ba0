// The conversations that a TCP server can hold. Each is a small coroutine of its own, so that a
// client of one does not carry the frame of another.
#pragma once

#include "patchbay/net/stream.hpp"
#include "patchbay/tools/echo/serve_tcp_client.hpp"

namespace patchbay {

// Talks to one client until one of the two has nothing more to say.
using TcpTalk = Task<Parting> (*)(TcpServer& server, Stream& stream, TcpVisit& visit);

Task<Parting> echo(TcpServer& server, Stream& stream, TcpVisit& visit);
Task<Parting> discard(TcpServer& server, Stream& stream, TcpVisit& visit);
Task<Parting> chargen(TcpServer& server, Stream& stream, TcpVisit& visit);
Task<Parting> daytime(TcpServer& server, Stream& stream, TcpVisit& visit);
Task<Parting> time_of_day(TcpServer& server, Stream& stream, TcpVisit& visit);
Task<Parting> answer_each(TcpServer& server, Stream& stream, TcpVisit& visit);
Task<Parting> answer_lines(TcpServer& server, Stream& stream, TcpVisit& visit);
Task<Parting> join_streams(TcpServer& server, Stream& stream, TcpVisit& visit);

}  // namespace patchbay
