// ChatBenchClient: one client of a load.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "patchbay/net/stream.hpp"
#include "patchbay/tools/chat_bench/chat_bench_lines.hpp"

namespace patchbay {

struct ChatBenchClient {
  explicit ChatBenchClient(std::uint32_t its_number) : number(its_number) {}

  const std::uint32_t number;
  std::optional<Stream> stream = {};  // stays where it is, closed, when the connection is gone
  ChatBenchLines lines = {};
  std::string out = {};          // waits for the write that is on its way
  bool writing = false;          // by one task
  bool reads = true;             // false: it has stalled, as it was told to
  bool entered = false;          // has its name
  bool failed = false;           // is counted as a fault, and gone
  std::size_t source_bytes = 0;  // of its name as the server puts it in front of its lines

  bool is_there() const { return entered && !failed; }
};

}  // namespace patchbay
