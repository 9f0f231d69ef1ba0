// ChatTransport: lines to a server and bytes from it, over TCP, TLS or a WebSocket.
#pragma once

#include <memory>
#include <span>
#include <string>

#include "patchbay/base/result.hpp"
#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat_client/chat_plan.hpp"

namespace patchbay::chat_client {

// One task receives while another sends.
class ChatTransport {
 public:
  ChatTransport() = default;
  ChatTransport(const ChatTransport&) = delete;
  ChatTransport& operator=(const ChatTransport&) = delete;
  virtual ~ChatTransport() = default;

  // What came: lines with their ends, cut anywhere. Empty: the server has ended the connection.
  virtual Task<Result<std::string>> receive(Deadline deadline) = 0;
  // Lines without their ends. They must live until it has ended.
  virtual Task<Result<>> send(std::span<const std::string> lines, Deadline deadline) = 0;
  // Says that nothing more comes.
  virtual Task<Result<>> end(Deadline deadline) = 0;
  // Does anybody on the way hear what is said? Not over TLS, and not within this host.
  virtual bool is_private() const = 0;
};

// Over a stream, which may be TLS; lines end with CR LF, or LF where `bare`.
std::unique_ptr<ChatTransport> transport_over(Stream stream, bool is_private, bool bare);

// Connects as the plan says. Faults: those of TcpStream::connect, tls_connect and
// connect_websocket.
Task<Result<std::unique_ptr<ChatTransport>>> dial_chat(const ChatPlan& plan, Deadline deadline);

}  // namespace patchbay::chat_client
