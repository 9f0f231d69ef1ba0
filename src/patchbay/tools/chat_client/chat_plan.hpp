// What `chat join` is asked for, checked and in the types of the library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/net/tls_context.hpp"
#include "patchbay/tools/chat_client/chat_link.hpp"

namespace patchbay::chat_client {

enum class ChatFace : std::uint8_t { irc, lines, websocket };

// The flags as they are typed.
struct ChatJoinFlags {
  std::string to;
  ChatFace face = ChatFace::irc;
  std::optional<std::string> nick = {};
  std::vector<std::string> rooms = {"#lobby"};
  bool tls = false;
  std::vector<std::string> pins = {};
  std::optional<std::string> ca_file = {};
  bool insecure = false;
  std::optional<std::string> sasl = {};
  std::optional<std::string> password_file = {};
  bool bot = false;
  bool once = false;
  std::optional<std::uint32_t> history = {};
  Duration timeout = 30s;
};

struct ChatPlan {
  ChatFace face = ChatFace::irc;
  HostPort to = {};
  std::string path = "/chat/socket";         // of a WebSocket
  std::optional<TlsClientOptions> tls = {};  // none: in the clear
  std::string nick = {};
  std::vector<std::string> rooms = {};
  std::optional<std::string> account = {};
  std::optional<std::string> password_file = {};
  std::optional<std::size_t> history = {};
  bool once = false;
  Duration timeout = 30s;  // for the connection and the welcome

  std::string server() const { return to.to_string(); }
};

// `user` is the name of whoever started the program; empty: not known.
std::expected<ChatPlan, Failure> plan_chat(const ChatJoinFlags& flags, std::string_view user);

}  // namespace patchbay::chat_client
