#include "patchbay/tools/chat_bench/chat_bench_stamp.hpp"

namespace patchbay {

namespace {

void append_number(std::string& out, std::uint64_t number) {
  for (std::size_t i = 0; i < detail::k_chat_bench_digits; ++i, number >>= 6) {
    out += static_cast<char>(detail::k_chat_bench_zero + static_cast<int>(number & 63));
  }
}

}  // namespace

void append_chat_bench_stamp(std::string& out, const ChatBenchStamp& stamp) {
  out.append(detail::k_chat_bench_mark, sizeof detail::k_chat_bench_mark);
  append_number(out, std::uint64_t{stamp.sequence} << 20 | stamp.voice);
  append_number(out, stamp.due_ns);
}

}  // namespace patchbay
