// What a load on a chat server is made of, and what it counts beside the report of every load.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "patchbay/net/tls_context.hpp"
#include "patchbay/tools/bench_options.hpp"
#include "patchbay/tools/chat_bench/chat_bench_face.hpp"
#include "patchbay/tools/chat_bench/chat_bench_plan.hpp"
#include "patchbay/tools/chat_bench/chat_bench_server.hpp"

namespace patchbay {

struct ChatBenchOptions {
  // `connections` are the clients. `depth` is the window of a closed loop: so many lines may be on
  // their way to all of their readers. `rate` is lines a second of all who talk.
  BenchOptions load;
  ChatBenchPlan plan;  // `clients` is `load.connections`
  ChatBenchFace face = ChatBenchFace::irc;
  std::optional<TlsClientOptions> tls = {};
  Duration idle = {};         // so long nobody says anything, between the joins and the talk
  std::uint32_t stalled = 0;  // so many clients, the last ones, read nothing while others talk
  std::optional<std::uint32_t> server_pid = {};

  bool stalls(std::uint32_t client) const { return client >= plan.clients - stalled; }
};

enum class ChatBenchPhase : std::uint8_t { entering, joining, idling, talking, draining };
const char* name_of(ChatBenchPhase phase);

// When the server is looked at.
enum class ChatBenchMoment : std::uint8_t {
  begun,       // nobody is connected
  entered,     // all clients have their names
  joined,      // and are in their rooms
  idled,       // and were so for a while
  talk_began,  // the time that counts
  talk_ended,
};
inline constexpr std::size_t k_chat_bench_moments = 6;

// Deliveries are counted by the rule of the BenchReport: `requests` are those that are owed of
// lines that were due in the time that counts.
struct ChatBenchCounts {
  ChatBenchPhase phase = ChatBenchPhase::entering;
  std::uint32_t entered = 0;         // clients that have their name
  Duration entering{};               // from the first connection to the last name
  std::optional<Duration> joining;   // until everybody has seen everybody; nothing: not all have,
                                     // or not over IRC
  std::uint64_t unseen = 0;          // pairs of members that are left of that
  std::uint64_t repeated_joins = 0;  // somebody was told of a member twice
  std::uint64_t lines = 0;           // said, of those that were due in the time that counts
  std::uint64_t lost = 0;            // deliveries that never came, the warm-up's included
  std::uint64_t doubled = 0;
  std::uint64_t reordered = 0;
  std::uint64_t strange = 0;         // nobody had said it, or not in a room of that client
  std::uint64_t received_bytes = 0;  // in the time that counts
  std::uint64_t refusals = 0;
  std::uint32_t cut_stalled = 0;  // clients that read nothing, and were cut off by the server
  std::string first_refusal;      // by what words, as the server wrote them
  std::string first_farewell;     // why the server ended a connection, likewise
  std::array<std::optional<ChatBenchServer>, k_chat_bench_moments> server;

  const std::optional<ChatBenchServer>& server_at(ChatBenchMoment moment) const {
    return server[static_cast<std::size_t>(moment)];
  }
  // Is a line missing, or one too many, or somebody unseen?
  bool flawless() const { return lost + doubled + reordered + strange + unseen + refusals == 0; }
};

}  // namespace patchbay
