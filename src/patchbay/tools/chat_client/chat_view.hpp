// ChatView: whoever shows what happens: a screen, plain lines, JSON.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "patchbay/base/error.hpp"
#include "patchbay/base/time.hpp"
#include "patchbay/tools/chat_client/chat_event.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay::chat_client {

class ChatModel;

enum class ChatState : std::uint8_t {
  connecting,
  signing_in,
  online,
  waiting,  // for the next try
  over,
};

const char* name_of(ChatState state);

struct ChatConnection {
  ChatState state = ChatState::connecting;
  std::string server;              // as the user named it
  std::optional<Error> lost = {};  // why the one before is no more
  Duration wait{};                 // until the next try
};

class ChatView {
 public:
  ChatView() = default;
  ChatView(const ChatView&) = delete;
  ChatView& operator=(const ChatView&) = delete;
  virtual ~ChatView() = default;

  // After the model has taken it.
  virtual void happened(const ChatEvent& event) = 0;
  virtual void connection(const ChatConnection& connection) = 0;
};

// What is said on stdout, "[ann] good morning"; who comes and goes on stderr. With `rooms` each
// line begins with the room where it was said. `out` is borrowed.
std::unique_ptr<ChatView> make_plain_view(Output& out, bool rooms);

// A record for everything.
std::unique_ptr<ChatView> make_json_view(Output& out);

}  // namespace patchbay::chat_client
