// What the server under load costs its machine, where it runs on this one.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "patchbay/base/time.hpp"

namespace patchbay {

// Of one process with all of its threads (proc(5)).
struct ChatBenchServer {
  Duration cpu{};                     // user and system, so far; in the kernel's ticks of 10 ms
  std::uint64_t resident_bytes = 0;   // VmRSS
  std::uint64_t peak_bytes = 0;       // VmHWM: the highest so far
  std::uint64_t anonymous_bytes = 0;  // RssAnon: heap and stacks, no files, nothing of the kernel
  std::uint64_t data_bytes = 0;       // VmData: what it has asked for, resident or not
};

// Nothing: it is not there, or not ours to look at.
std::optional<ChatBenchServer> look_at_server(std::uint32_t pid);

// From the texts of /proc/PID/stat and /proc/PID/status.
std::optional<ChatBenchServer> read_server(std::string_view stat, std::string_view status,
                                           std::uint64_t ticks_per_second);

}  // namespace patchbay
