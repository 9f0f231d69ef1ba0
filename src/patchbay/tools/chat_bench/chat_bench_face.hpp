// What the clients of a load say to a chat server, and what they understand of its answers: over
// IRC (RFC 2812) to any server, and in the line mode of `patchbay chat serve`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "patchbay/tools/chat_bench/chat_bench_plan.hpp"
#include "patchbay/tools/chat_bench/chat_bench_stamp.hpp"

namespace patchbay {

enum class ChatBenchFace : std::uint8_t { irc, lines };

const char* name_of(ChatBenchFace face);

inline constexpr std::uint32_t k_most_chat_bench_clients = 100'000;  // a name has five digits
inline constexpr std::uint32_t k_most_chat_bench_rooms = 100'000;    // and so has a room

// "b00042" and "#c00042". All have the same length, so that all lines have.
std::string chat_bench_nick(std::uint32_t client);
std::string chat_bench_room(std::uint32_t room);

// All of these append to what is to be sent.

// What a client begins with.
void greet(std::string& out, ChatBenchFace face, std::uint32_t client);
// Into all of its rooms, over IRC. In line mode the greeting has led into the only one.
void join_rooms(std::string& out, const ChatBenchPlan& plan, std::uint32_t client);
// A line that comes to the others `size` bytes long, its sender and its end included, or as short
// as it can be. `source_bytes` of ChatBenchNews tell how a server of IRC writes the sender.
void say_line(std::string& out, ChatBenchFace face, std::uint32_t room, std::size_t size,
              std::size_t source_bytes, const ChatBenchStamp& stamp);
// Over IRC.
void answer_ping(std::string& out, std::string_view token);

// What a line without a stamp says. Views are of the line.
struct ChatBenchNews {
  enum class Kind : std::uint8_t {
    nothing,   // that matters here
    ping,      // text: what is to come back
    entered,   // this client has its name
    joined,    // client; room
    members,   // room; text: their names
    refused,   // text: by what words
    farewell,  // text: why the server ends the connection
  };
  Kind kind = Kind::nothing;
  std::uint32_t room = 0;
  std::uint32_t client = 0;
  std::string_view text = {};
  std::size_t source_bytes = 0;  // joined: of the sender as it stands in front of what it says
};

// A line without its end.
ChatBenchNews read_news(ChatBenchFace face, std::string_view line);

// Whose name it is, with anything behind it that cannot be a part of a name.
std::optional<std::uint32_t> chat_bench_client(std::string_view nick);

// visit(client) for each of our clients in the names of a list, whatever rank stands before them.
template <class Visit>
void for_each_member(std::string_view names, Visit visit) {
  while (!names.empty()) {
    const std::size_t end = names.find(' ');
    const std::string_view name = names.substr(0, end);
    names.remove_prefix(end == names.npos ? names.size() : end + 1);
    const std::size_t begin = name.find_first_not_of("~&@%+");
    if (begin == name.npos) continue;
    if (const auto client = chat_bench_client(name.substr(begin))) visit(*client);
  }
}

}  // namespace patchbay
