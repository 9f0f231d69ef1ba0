// ChatTerminal: the terminal of standard input and output as a screen that frames are drawn on.
#pragma once

#include <memory>

#include "patchbay/base/result.hpp"
#include "patchbay/tools/chat_client/screen_layout.hpp"

namespace patchbay::chat_client {

// While one stands, keys come as they are pressed, Ctrl-C and Ctrl-Z too. The destructor leaves the
// terminal as it was found.
class ChatTerminal {
 public:
  // Faults: `storage` when ncurses is not installed, `system` for a terminal that it does not know
  // or that is none.
  static Result<std::unique_ptr<ChatTerminal>> open();
  ChatTerminal(const ChatTerminal&) = delete;
  ChatTerminal& operator=(const ChatTerminal&) = delete;
  ~ChatTerminal();

  ScreenSize size() const { return size_; }
  // The window has another size now (SIGWINCH).
  void resize();
  void show(const ScreenFrame& frame);
  // Draws everything anew, whatever others have written there.
  void repaint();
  void ring();
  // Gives the terminal back and stops the program, as Ctrl-Z does; returns when it goes on.
  void suspend();

 private:
  struct Native;
  explicit ChatTerminal(std::unique_ptr<Native> native);

  std::unique_ptr<Native> native_;
  ScreenSize size_;
};

// Could one be opened? Standard input and output are a terminal that is not dumb.
bool may_open_terminal();

}  // namespace patchbay::chat_client
