// ChatBenchDial: how the connections of a load on a chat server are made.
#pragma once

#include <optional>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/net/tls_context.hpp"
#include "patchbay/tools/chat_bench/chat_bench_options.hpp"

namespace patchbay {

class ChatBenchDial {
 public:
  // `options` outlive it.
  explicit ChatBenchDial(const ChatBenchOptions& options) : options_(options) {}

  // Reads the files that TLS needs.
  Result<> prepare();
  // All go to the address that the first one was made to. One that is to stall tells the peer early
  // that it has no room.
  Task<Result<Stream>> open(std::uint32_t client, Deadline deadline);

 private:
  const ChatBenchOptions& options_;
  std::optional<TlsContext> tls_;
  std::optional<Endpoint> peer_;
};

}  // namespace patchbay
