// The line door of a chat: who connects by nc or telnet talks with everybody else.
#pragma once

#include "patchbay/net/tcp.hpp"
#include "patchbay/tools/chat/lines/lines_session.hpp"

namespace patchbay {

// Accepts until it is cancelled, which is its end as an error; then waits for those who are there.
// Borrows both.
Task<Result<>> serve_lines(TcpListener& listener, LinesServer& server);

}  // namespace patchbay
