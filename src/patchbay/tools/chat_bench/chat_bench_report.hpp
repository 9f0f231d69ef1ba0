// What a load on a chat server found out, as a record and for people.
#pragma once

#include <string>

#include "patchbay/tools/bench_report.hpp"
#include "patchbay/tools/chat_bench/chat_bench_options.hpp"
#include "patchbay/tools/record.hpp"

namespace patchbay {

struct ChatBenchFindings {
  const ChatBenchOptions& options;
  const BenchReport& report;
  const ChatBenchCounts& counts;
  Duration cpu{};  // of this process, from the first connection on
};

Record to_record(const ChatBenchFindings& found);
std::string to_text(const ChatBenchFindings& found);

}  // namespace patchbay
