#include "patchbay/tools/chat_bench/chat_bench_face.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "patchbay/wire/irc_message.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_digits = 5;
constexpr std::size_t k_name_bytes = 1 + k_digits;

// What fills a line up to its size, again and again.
constexpr std::string_view k_words = "the quick brown fox jumps over the lazy dog and comes back ";

// Servers limit how many rooms one JOIN may name; none known to us to fewer.
constexpr std::uint32_t k_rooms_of_a_join = 10;

constexpr std::string_view k_server = "[SERVER] ";

std::optional<std::uint32_t> read_name(char kind, std::string_view name) {
  if (name.size() < k_name_bytes || name[0] != kind) return std::nullopt;
  std::uint32_t number = 0;
  for (const char digit : name.substr(1, k_digits)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  return number;
}

std::optional<std::uint32_t> room_of(std::string_view name) {
  if (!name.starts_with('#') || name.size() != 1 + k_name_bytes) return std::nullopt;
  return read_name('c', name.substr(1));
}

// ":b00042!user@host JOIN :#c00000", of which a join storm has millions: looked for by itself.
std::optional<ChatBenchNews> read_join(std::string_view line) {
  if (!line.starts_with(':')) return std::nullopt;
  const auto client = chat_bench_client(line.substr(1));
  if (!client) return std::nullopt;
  const std::size_t source_bytes = line.find(' ', 1 + k_name_bytes);
  if (source_bytes == line.npos) return std::nullopt;
  std::string_view rest = line.substr(source_bytes + 1);
  if (!rest.starts_with("JOIN ")) return std::nullopt;
  rest.remove_prefix(5);
  if (rest.starts_with(':')) rest.remove_prefix(1);
  const auto room = room_of(rest.substr(0, rest.find(' ')));
  if (!room) return std::nullopt;
  return ChatBenchNews{.kind = ChatBenchNews::Kind::joined,
                       .room = *room,
                       .client = *client,
                       .source_bytes = source_bytes};
}

// 4xx and 5xx are refusals (RFC 2812 section 5.2), but for ERR_NOMOTD.
bool is_refusal(std::string_view command) {
  return command.size() == 3 && (command[0] == '4' || command[0] == '5') && command != "422";
}

ChatBenchNews read_irc_news(std::string_view line) {
  if (const auto join = read_join(line)) return *join;
  const auto message = parse_irc(line);
  if (!message) return {};
  const std::string_view last = message->count > 0 ? message->parameter(message->count - 1) : "";
  if (message->is("PING")) return {.kind = ChatBenchNews::Kind::ping, .text = last};
  if (message->is("ERROR")) return {.kind = ChatBenchNews::Kind::farewell, .text = last};
  if (message->command == "376" || message->command == "422") {  // the end of what it has to say
    return {.kind = ChatBenchNews::Kind::entered};
  }
  if (message->command == "353") {
    const auto room = room_of(message->parameter(2));
    if (!room) return {};
    return {.kind = ChatBenchNews::Kind::members, .room = *room, .text = last};
  }
  if (is_refusal(message->command)) {
    return {.kind = ChatBenchNews::Kind::refused, .text = line.substr(line.find(message->command))};
  }
  return {};
}

// The prompt may stand in front of what the server says, for it has no end of its own.
ChatBenchNews read_lines_news(std::string_view line) {
  const std::size_t begin = line.find(k_server);
  if (begin == line.npos) return {};
  line.remove_prefix(begin + k_server.size());
  if (line == "Welcome to the chat!") return {.kind = ChatBenchNews::Kind::entered};
  return {};
}

std::size_t bytes_beside_text(ChatBenchFace face, std::size_t source_bytes) {
  if (face == ChatBenchFace::lines) return std::string_view("[b00000] \n").size();
  return source_bytes + std::string_view(" PRIVMSG #c00000 :\r\n").size();
}

}  // namespace

const char* name_of(ChatBenchFace face) { return face == ChatBenchFace::irc ? "irc" : "lines"; }

std::string chat_bench_nick(std::uint32_t client) { return fmt::format("b{:05}", client); }
std::string chat_bench_room(std::uint32_t room) { return fmt::format("#c{:05}", room); }

std::optional<std::uint32_t> chat_bench_client(std::string_view nick) {
  const auto client = read_name('b', nick);
  if (!client || nick.size() == k_name_bytes) return client;
  const char behind = nick[k_name_bytes];
  return behind == '!' || behind == ' ' ? client : std::nullopt;
}

void greet(std::string& out, ChatBenchFace face, std::uint32_t client) {
  const std::string nick = chat_bench_nick(client);
  if (face == ChatBenchFace::lines) {
    out += nick + "\n";
  } else {
    out += fmt::format("NICK {0}\r\nUSER {0} 0 * :bench\r\n", nick);
  }
}

void join_rooms(std::string& out, const ChatBenchPlan& plan, std::uint32_t client) {
  std::uint32_t named = 0;
  plan.for_each_room_of(client, [&](std::uint32_t room) {
    if (named > 0 && named % k_rooms_of_a_join == 0) out += "\r\n";
    out += (named % k_rooms_of_a_join == 0 ? "JOIN " : ",") + chat_bench_room(room);
    ++named;
  });
  if (named > 0) out += "\r\n";
}

void say_line(std::string& out, ChatBenchFace face, std::uint32_t room, std::size_t size,
              std::size_t source_bytes, const ChatBenchStamp& stamp) {
  const std::size_t beside = bytes_beside_text(face, source_bytes) + k_chat_bench_stamp_bytes;
  std::size_t fill = size > beside ? size - beside : 0;
  if (face == ChatBenchFace::irc) out += fmt::format("PRIVMSG {} :", chat_bench_room(room));
  while (fill > 0) {
    const std::string_view words = k_words.substr(0, fill);
    out += words;
    fill -= words.size();
  }
  append_chat_bench_stamp(out, stamp);
  out += face == ChatBenchFace::irc ? "\r\n" : "\n";
}

void answer_ping(std::string& out, std::string_view token) {
  out += "PONG :";
  out += token;
  out += "\r\n";
}

ChatBenchNews read_news(ChatBenchFace face, std::string_view line) {
  return face == ChatBenchFace::irc ? read_irc_news(line) : read_lines_news(line);
}

}  // namespace patchbay
