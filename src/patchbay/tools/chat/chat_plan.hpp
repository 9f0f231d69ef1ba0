// ChatPlan: a whole chat server as it is to run, made of flags, a settings file, or both.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/address.hpp"
#include "patchbay/net/tls_context.hpp"
#include "patchbay/tools/chat/chat_options.hpp"
#include "patchbay/tools/outcome.hpp"

namespace patchbay {

enum class ChatDoor : std::uint8_t { lines, irc, ircs, web };

struct ChatAddress {
  ChatDoor door;
  Endpoint endpoint;
};

struct ChatPlan {
  std::shared_ptr<const ChatSettings> settings;
  std::vector<ChatAddress> addresses;
  std::string db;  // empty: nothing is kept
  std::string tls_cert;
  std::string tls_key;
  bool tls_self = false;
};

// Reads the file's text over `options`, which have what the flags said: a flag wins. The failures
// are all that is wrong with it, in the order of its lines.
std::expected<void, std::vector<Failure>> read_chat_file(std::string_view text,
                                                         const std::string& path,
                                                         ChatServeOptions& options);

// Looks names up. Without any door: one of each on this host, but for that with TLS.
std::expected<ChatPlan, Failure> make_chat_plan(ChatServeOptions options);

// Why `next` cannot take the place of `old` while the server runs; nothing if it can.
std::optional<Failure> why_chat_restart(const ChatPlan& old, const ChatPlan& next);

}  // namespace patchbay
