// IrcSession: one client that speaks IRC: what it has told of itself, and how it is answered.
//
//   session.reply(433, {"ann", "is taken"});            // :server 433 NICK ann :is taken
//   session.reply_line(":server PONG server :token");
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/chat/accounts/chat_password_desk.hpp"
#include "patchbay/tools/chat/chat_doorkeeper.hpp"
#include "patchbay/tools/chat/chat_flood.hpp"
#include "patchbay/tools/chat/irc/irc_capability.hpp"
#include "patchbay/tools/chat/room/chat_hub.hpp"
#include "patchbay/wire/irc_message.hpp"

namespace patchbay {

class ChatAccounts;
class IrcSasl;  // a login that is going on

// What the sessions of one server have in common. Borrowed by all of them.
struct IrcServer {
  ChatHub& hub;
  ChatDoorkeeper& doorkeeper;
  ChatPasswordDesk& passwords;       // for PASS and OPER
  ChatAccounts* accounts = nullptr;  // null: nobody can log in
  WallTime started{};
  std::string version;  // "patchbay-1.0"
  // Reads the settings again; the failure in one line, or empty. Null: it cannot.
  std::function<std::string()> rehash = {};
};

// Whoever waits for a session's input. It is woken when it should look at the session again.
class IrcReader {
 public:
  virtual void wake() = 0;

 protected:
  ~IrcReader() = default;
};

// What a client has said of itself before it is welcomed.
struct IrcNewcomer {
  std::string name = {};        // NICK
  std::string user = {};        // USER
  bool negotiating = false;     // CAP LS or REQ came, and no CAP END yet
  bool password_given = false;  // PASS, and it was right
};

class IrcSession final : public ChatUser {
 public:
  // `stream`: as ChatOutlet's. `framing`: 0, irc::text_frames or irc::binary_frames.
  IrcSession(IrcServer& server, Stream* stream, std::uint32_t framing);
  ~IrcSession() override;
  // Where it comes from; `secure`: by TLS. Who is on this host is safe from listeners as well.
  void arrive(const Endpoint& from, bool secure);

  // One line that came, without its end. Does what it asks for; may wait, for a password's check
  // or a page of history. After is_over() nothing more is read.
  Task<> take(std::string_view line);
  // There was a line, but it was too long: 417.
  void refuse_long_line();
  bool is_over() const { return over_; }
  // Why it ends: what others are told.
  const std::string& farewell() const { return farewell_; }
  // The connection is gone, or has to go: out of all rooms, once. What others are told is what
  // end() has said, or else `reason`.
  void leave(std::string_view reason);
  // The last line to this client, as its door writes it.
  std::string last_words() const;

  void cut(std::string_view reason) override { end(std::string(reason)); }
  void echo(const ChatEvent& event) override;

  // --- for the commands ---

  // A numeric reply (RFC 2812 section 5): server, number, this client's name ('*' before it has
  // one), and the parameters. The last one is written with a ':' and may have blanks.
  void reply(int number, std::initializer_list<std::string_view> parameters);
  // A whole line without its end, from whom it says. Longer ones are cut.
  void reply_line(std::string_view line);
  // FAIL, WARN and NOTE of IRCv3 standard replies: reply_standard("FAIL", "CHATHISTORY",
  // "INVALID_TARGET", {"#room"}, "…").
  void reply_standard(std::string_view kind, std::string_view command, std::string_view code,
                      std::initializer_list<std::string_view> context, std::string_view text);
  // What comes until end_batch() belongs together, where the client knows batches; the lines are
  // tagged by this session. Returns its name, empty where the client knows none. A batch that a
  // command begins with is its whole answer: nothing follows behind its end. `parameters` may be
  // empty.
  std::string begin_batch(std::string_view type, std::string_view parameters);
  void end_batch();
  // Ends it: ERROR to the client, and `reason` to the others, both by the door in its turn. The
  // first reason counts.
  void end(std::string reason);

  bool has(std::uint32_t capability) const { return (capabilities & capability) != 0; }
  // With what follows from the capabilities for how events are written.
  void set_capabilities(std::uint32_t bits);
  // The name that numerics are addressed to.
  std::string_view addressee() const;
  ChatHub& hub() const { return server.hub; }

  IrcServer& server;
  std::uint32_t capabilities = 0;
  int cap_version = 0;                    // 302: it reads values and is told of changes
  bool is_registered = false;             // welcomed: it is a user of the hub
  std::unique_ptr<IrcNewcomer> newcomer;  // until it is welcomed
  bool hears_wallops = false;             // user mode +w
  std::vector<std::string> monitored;     // whom it watches, as it has called them
  std::unique_ptr<IrcSasl> sasl;
  ChatFlood flood;
  IrcReader* reader = nullptr;  // borrowed

 private:
  struct Work;

  Task<> carry_out(const IrcMessage& message);
  void emit(std::string_view line);
  void write(std::string_view line, std::string_view tag);
  std::string next_batch_name() { return std::to_string(++batches_); }

  Work* work_ = nullptr;  // the command that is being done
  std::uint32_t batches_ = 0;
  bool over_ = false;
  std::string farewell_;
};

}  // namespace patchbay
