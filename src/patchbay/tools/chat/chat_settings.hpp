// ChatSettings: what an operator sets; `chat serve --config FILE` reads it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "patchbay/base/time.hpp"

namespace patchbay {

struct ChatOperator {
  std::string name;
  std::string hash;        // argon2id, as `patchbay http passwd` makes it
  std::string mask = "*";  // user@host from where; '*' and '?'
};

// A bucket of commands: `burst` at once, then so many a second; zero `burst`: no limit.
struct ChatPace {
  double per_second = 2;
  double burst = 10;
};

struct ChatLimits {
  bool flood = true;           // false: none of the three paces counts
  bool flood_loopback = true;  // false: … for clients on this host
  ChatPace commands = {.per_second = 2, .burst = 10};
  ChatPace history = {.per_second = 2, .burst = 20};  // CHATHISTORY, WHO, LIST, NAMES, searches
  ChatPace joins = {.per_second = 5, .burst = 30};
  // A client that owes so long is no longer delayed but cut.
  Duration flood_patience = 30s;
  Duration registration = 10s;  // from the connection until it has a name
  Duration ping_after = 2min;   // of silence; as long again for the answer
  std::size_t clients = 100'000;
  std::size_t clients_per_address = 16;  // of a /32 or a /64; none on this host
  std::size_t waiting_per_address = 8;   // not registered yet
  std::size_t rooms = 100'000;
  std::size_t rooms_per_user = 100;
  std::size_t list_entries = 100;  // of bans, exceptions: each list
  std::size_t watches = 100;       // of MONITOR
  std::size_t name_length = 32;    // characters
  std::size_t room_length = 64;
  std::size_t topic_length = 390;  // bytes, as the following
  std::size_t reason_length = 390;
  std::size_t away_length = 390;
  std::size_t soft_send_bytes = 64 * 1024;   // a client that is so far behind is not read from
  std::size_t hard_send_bytes = 256 * 1024;  // … so far: it is cut
  Duration send_patience = 30s;              // likewise if it takes nothing for so long
  std::size_t total_send_bytes = 256 * 1024 * 1024;  // of all; then who is furthest behind is cut
};

struct ChatHistorySettings {
  std::size_t in_memory = 100;  // lines a room; none of them needs the disk
  std::size_t on_join = 0;      // lines that line-mode users are shown when they come in
  Duration keep = Duration::max();
  std::size_t keep_lines = 0;  // a room; 0: all
  std::size_t page = 100;      // of one question
};

struct ChatAccountSettings {
  bool required = false;  // nobody comes in without
  std::size_t tries_per_minute = 3;
};

struct ChatSettings {
  std::string server_name = "patchbay.local";
  std::string network = "Patchbay";
  std::string password_hash = {};  // of PASS; empty: none is asked for. argon2id
  std::vector<ChatOperator> operators = {};
  std::vector<std::string> motd = {};  // lines
  std::string lobby = "#lobby";
  std::vector<std::string> lasting_rooms = {};
  bool shows_addresses = true;    // false: a host is a keyed hash of its address
  std::uint64_t sts_seconds = 0;  // 0: sts is not offered
  std::uint16_t sts_port = 0;
  std::vector<std::string> web_origins = {};  // besides the page's own
  ChatLimits limits = {};
  ChatHistorySettings history = {};
  ChatAccountSettings accounts = {};
};

}  // namespace patchbay
