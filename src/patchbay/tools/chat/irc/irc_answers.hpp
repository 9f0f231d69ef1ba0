// Answers that are long: lists of words in as few lines as possible, and at the pace of whoever
// reads them.
#pragma once

#include <string>
#include <string_view>

#include "patchbay/net/task.hpp"
#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

// Takes the first of what commas stand between off the front; it may be empty.
std::string_view take_irc_item(std::string_view& list);

// Waits as long as the client is far behind with what it has been sent. False: it is over.
Task<bool> irc_has_taken(IrcSession& session);
// Is there anything to wait for? For those who would make a task of each line otherwise.
bool irc_is_behind(const IrcSession& session);

// Words of one numeric reply, of which a line holds as many as fit.
class IrcWords {
 public:
  // The parameters in front of them, such as "= #room"; may be empty.
  IrcWords(IrcSession& session, int number, std::string in_front);

  // True when a line had to be ended for it.
  bool add(std::string_view word);
  // What is left.
  void end();

 private:
  void reply();

  IrcSession& session_;
  int number_;
  std::string in_front_;
  std::string words_;
  std::size_t most_bytes_;
};

}  // namespace patchbay
