// ChatFeed: lines from standard input to a room, none of them lost.
#pragma once

#include <string>
#include <vector>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat_client/chat_model.hpp"
#include "patchbay/tools/chat_client/chat_session.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay::chat_client {

struct ChatFeedOptions {
  std::string room = {};    // where a bot says its lines
  bool commands = false;    // somebody types: "/join …" is a command, and lines go where he is
  Duration patience = 30s;  // for the server to have dealt with what was said
};

class ChatFeed {
 public:
  ChatFeed(ChatSession& session, ChatModel& model, Output& out, ChatFeedOptions options)
      : session_(session), model_(model), out_(out), options_(std::move(options)) {}

  // Until the input ends and the server has dealt with all of it; then says goodbye, and waits for
  // the session to end this. Lines are said a few at a time, and more when the server says that it
  // has dealt with them: so none is lost in a queue of a server that slows its clients down. What
  // was said when a connection was lost is said again on the next, since nobody knows whether it
  // was heard. Faults: those of the input and of ChatSession::ready().
  Task<Result<>> run(Stream& input);

 private:
  Task<Result<>> take(std::string_view piece);
  Task<Result<>> say(std::vector<std::string> lines);
  void obey(std::string_view line);
  void help();

  ChatSession& session_;
  ChatModel& model_;
  Output& out_;
  ChatFeedOptions options_;
  std::string beginning_;  // of a line whose end has not come
};

}  // namespace patchbay::chat_client
