// ChatDoors: where a chat server listens, and who talks with whoever comes in there.
#pragma once

#include <expected>
#include <vector>

#include "patchbay/http/http_listeners.hpp"
#include "patchbay/net/group.hpp"
#include "patchbay/net/tls.hpp"
#include "patchbay/tools/chat/chat_plan.hpp"
#include "patchbay/tools/chat/irc/irc_door.hpp"
#include "patchbay/tools/chat/lines/serve_lines.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

// The certificates of a server's doors; the same, but browsers are offered HTTP.
class ChatTls final : public HttpTls {
 public:
  static Result<ChatTls> read(const ChatPlan& plan);

  const TlsContext& irc() const { return irc_; }
  const TlsContext& context() override { return web_; }
  // Reads the files again; where they will not do the former stay.
  Result<> reload();

 private:
  ChatTls(TlsContext irc, TlsContext web) : irc_(std::move(irc)), web_(std::move(web)) {}

  TlsContext irc_;
  TlsContext web_;
};

// Of one loop. Everything borrowed outlives it.
class ChatDoors {
 public:
  // `tls` may be null, where no door needs it.
  ChatDoors(IrcServer& irc, LinesServer& lines, ChatTls* tls)
      : irc_(irc), lines_(lines), tls_(tls) {}

  // Opens all of them and tells where; or the exit code, when what stands in the way was told.
  std::expected<void, int> open(const ChatPlan& plan, Output& out);
  // Lets in whoever comes until it is cancelled.
  Task<Result<>> serve();

 private:
  struct Place {
    ChatDoor door;
    TcpListener socket;
  };

  static Task<Result<>> serve_all(TaskGroup& group, ChatDoors& doors);
  static Task<> serve_place(ChatDoors& doors, std::size_t index);
  static Task<> serve_web(ChatDoors& doors);

  IrcServer& irc_;
  LinesServer& lines_;
  ChatTls* tls_;
  std::vector<Place> places_;
  HttpListeners web_;
  bool has_web_ = false;
  bool is_local_ = true;  // every web door is on this host alone
  std::optional<Error> fault_;
};

}  // namespace patchbay
