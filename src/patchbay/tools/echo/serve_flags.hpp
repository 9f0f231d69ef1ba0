// The flags that `tcp serve` and `udp serve` share, and what they ask for.
#pragma once

#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "patchbay/net/address.hpp"
#include "patchbay/tools/command.hpp"
#include "patchbay/tools/echo/reply_template.hpp"
#include "patchbay/tools/echo/services.hpp"

namespace patchbay {

struct ServeFlags {
  explicit ServeFlags(std::uint16_t default_port);

  std::uint16_t default_port;
  std::optional<std::string> where;
  std::string listen;
  std::optional<std::string> reply;
  Service service = Service::echo;
  bool once = false;
  unsigned threads = 1;
  std::optional<std::size_t> receive_buffer;
  std::optional<std::size_t> send_buffer;
};

// The same, checked and in the types of the library.
struct ServeWish {
  HostPort where;
  std::optional<ReplyTemplate> reply;
};

// Where to listen and what to answer.
void declare_serve_flags(Command& serve, ServeFlags& flags);
Flag& declare_threads_flag(Command& serve, ServeFlags& flags);
// What the buffers are for differs.
void declare_buffer_flags(Command& serve, ServeFlags& flags, std::string receive_help,
                          std::string send_help);

std::expected<ServeWish, Failure> read_serve_flags(const ServeFlags& flags);

}  // namespace patchbay
