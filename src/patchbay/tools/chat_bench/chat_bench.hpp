// A load on a chat server: clients that come in, join their rooms, and talk.
#pragma once

#include "patchbay/net/task.hpp"
#include "patchbay/tools/bench_report.hpp"
#include "patchbay/tools/chat_bench/chat_bench_options.hpp"

namespace patchbay {

// All of it on one loop. The phases follow each other: everybody connects, some at a time, and gets
// a name; all join at once, and it waits until everybody has seen everybody; nobody says anything
// for a while; some talk for the warm-up and the time that counts; and the last lines are waited
// for. Each ends early when the server says nothing at all for the timeout. A client whose
// connection breaks is counted as a fault, is owed nothing from then on, and is not replaced.
//
// Latency is from when a line was due to when a client has read it. An error means that there was
// no load: the first connection, which also decides the address of all, could not be made.
// `options`, `report` and `counts` outlive it; the latter two hold also what was done before a
// cancel.
Task<Result<>> bench_chat(const ChatBenchOptions& options, BenchReport& report,
                          ChatBenchCounts& counts);

}  // namespace patchbay
