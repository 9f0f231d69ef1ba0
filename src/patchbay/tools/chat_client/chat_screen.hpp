// ChatScreen: the chat on a terminal: keys become wishes, what happens becomes frames.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "patchbay/net/event.hpp"
#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat_client/chat_model.hpp"
#include "patchbay/tools/chat_client/chat_session.hpp"
#include "patchbay/tools/chat_client/chat_terminal.hpp"
#include "patchbay/tools/chat_client/chat_view.hpp"
#include "patchbay/tools/chat_client/input_completion.hpp"
#include "patchbay/tools/chat_client/input_line.hpp"
#include "patchbay/tools/chat_client/key_decoder.hpp"

namespace patchbay::chat_client {

class ChatScreen final : public ChatView {
 public:
  // Both are borrowed. `server` is what the user called it.
  ChatScreen(ChatModel& model, ChatTerminal& terminal, std::string server);

  void happened(const ChatEvent& event) override;
  void connection(const ChatConnection& connection) override;

  // Reads keys and draws, until the user leaves; then the session ends this, or nobody is there.
  Task<Result<>> run(ChatSession& session);

 private:
  Task<Result<>> read_keys(ChatSession& session);
  Task<Result<>> watch_size();
  Task<Result<>> draw();
  Task<Result<>> read_and_watch(ChatSession& session);

  void press(const Key& key, ChatSession& session);
  void press_control(char letter, ChatSession& session);
  void edit(const Key& key);
  void obey(ChatSession& session);
  void obey_wish(const ChatWish& wish, ChatSession& session);
  void say_help();
  void search(const ChatWish& wish, ChatSession& session);
  void ask_history(std::size_t count, ChatSession& session);
  void page_up(ChatSession& session);
  void page_down();
  void go(int step);  // to the next room, or the one before
  void go_to(char digit);
  void leave(ChatSession& session, std::string why);
  void tell(ChatLine::Kind kind, std::string text);

  ChatModel& model_;
  ChatTerminal& terminal_;
  std::string server_;
  std::string state_ = "connecting";
  InputLine input_;
  InputCompletion completion_;
  KeyDecoder keys_;
  std::string searched_;
  std::size_t found_behind_ = 0;
  std::size_t shown_lines_ = 0;
  bool left_ = false;
  Event changed_{true};
};

}  // namespace patchbay::chat_client
