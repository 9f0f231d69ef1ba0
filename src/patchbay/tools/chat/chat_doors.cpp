#include "patchbay/tools/chat/chat_doors.hpp"

#include <fmt/format.h>

#include <utility>

#include "patchbay/net/serve.hpp"
#include "patchbay/tools/chat/web/chat_web_door.hpp"
#include "patchbay/tools/serve_ports.hpp"

namespace patchbay {

namespace {

std::string_view name_of(ChatDoor door) {
  switch (door) {
    case ChatDoor::lines: return "lines";
    case ChatDoor::irc: return "irc";
    case ChatDoor::ircs: return "ircs";
    case ChatDoor::web: return "web";
  }
  return {};
}

// What opens such a door, in front of its port.
std::string_view flag_of(ChatDoor door) {
  switch (door) {
    case ChatDoor::lines: return "patchbay chat serve --lines";
    case ChatDoor::irc: return "patchbay chat serve --irc";
    case ChatDoor::ircs: return "patchbay chat serve --ircs";
    case ChatDoor::web: return "patchbay chat serve --web";
  }
  return {};
}

void tell_listening(ChatDoor door, const Endpoint& local, bool secure, Output& out) {
  const std::string where = local.to_string();
  std::string text;
  switch (door) {
    case ChatDoor::lines: text = fmt::format("[*] Chat Server started on {}", where); break;
    case ChatDoor::irc: text = fmt::format("[*] IRC on {}", where); break;
    case ChatDoor::ircs: text = fmt::format("[*] IRC over TLS on {}", where); break;
    case ChatDoor::web:
      text = fmt::format("[*] Browsers: {}://{}/", secure ? "https" : "http", where);
      break;
  }
  out.emit(Record("listening")
               .text("door", name_of(door))
               .text("address", local.address().to_string())
               .count("port", local.port()));
  if (!out.json()) out.note(text);
}

// Their frames have no more in them than the conversation's: an idle client keeps one.
Task<> talk_irc_plainly(TcpStream stream, IrcServer& server) {
  const Endpoint peer = stream.peer().value_or(Endpoint());  // it may have left already
  return talk_irc(server, std::move(stream), peer, false);
}

Task<> talk_irc_securely(TcpStream stream, IrcServer& server, ChatTls& tls) {
  const Endpoint peer = stream.peer().value_or(Endpoint());
  return talk_irc_over_tls(server, std::move(stream), peer, tls.irc());
}

Task<> talk_web(IrcServer& server, WebSocket& socket, ChatWebClient client) {
  const std::uint32_t framing =
      client.framing == ChatFraming::text ? irc::text_frames : irc::binary_frames;
  return talk_irc_websocket(server, socket, client.peer, client.secure, framing);
}

TlsServerOptions tls_options(const ChatPlan& plan, std::vector<std::string> alpn) {
  return {.certificate_file = plan.tls_cert, .key_file = plan.tls_key, .alpn = std::move(alpn)};
}

}  // namespace

Result<ChatTls> ChatTls::read(const ChatPlan& plan) {
  auto irc = TlsContext::server(tls_options(plan, {}));
  if (!irc) return irc.error();
  auto web = TlsContext::server(tls_options(plan, {"http/1.1"}));  // WebSockets need it
  if (!web) return web.error();
  return ChatTls(std::move(*irc), std::move(*web));
}

Result<> ChatTls::reload() {
  if (const auto read = irc_.reload(); !read) return read;
  return web_.reload();
}

std::expected<void, int> ChatDoors::open(const ChatPlan& plan, Output& out) {
  for (const ChatAddress& address : plan.addresses) {
    auto listener = TcpListener::bind(address.endpoint, {.backlog = 4096});
    if (!listener) {
      return std::unexpected(fail_to_bind(out, listener.error(), Transport::tcp, address.endpoint,
                                          flag_of(address.door)));
    }
    const Endpoint local = listener->local();
    const bool is_web = address.door == ChatDoor::web;
    tell_listening(address.door, local, is_web && tls_ != nullptr, out);
    if (!is_web) {
      places_.push_back({address.door, std::move(*listener)});
      continue;
    }
    is_local_ = is_local_ && local.address().is_loopback();
    has_web_ = true;
    web_.add({.socket = std::move(*listener), .tls = tls_});
  }
  return {};
}

Task<Result<>> ChatDoors::serve() { co_return co_await with_group(serve_all, std::ref(*this)); }

// One door's fault closes all of them: a chat that some cannot enter any more would look well.
Task<Result<>> ChatDoors::serve_all(TaskGroup& group, ChatDoors& doors) {
  for (std::size_t i = 0; i < doors.places_.size(); ++i) {
    group.spawn(&ChatDoors::serve_place, std::ref(doors), i);
  }
  if (doors.has_web_) group.spawn(&ChatDoors::serve_web, std::ref(doors));
  co_await group.join();
  if (doors.fault_) co_return *doors.fault_;
  co_return ok();
}

Task<> ChatDoors::serve_place(ChatDoors& doors, std::size_t index) {
  Place& place = doors.places_[index];
  Result<> served = ok();
  switch (place.door) {
    case ChatDoor::lines: served = co_await serve_lines(place.socket, doors.lines_); break;
    case ChatDoor::irc:
      served = co_await serve_each(place.socket, talk_irc_plainly, std::ref(doors.irc_));
      break;
    case ChatDoor::ircs:
      served = co_await serve_each(place.socket, talk_irc_securely, std::ref(doors.irc_),
                                   std::ref(*doors.tls_));
      break;
    case ChatDoor::web: break;  // serve_web() has them all
  }
  if (!served && !doors.fault_) doors.fault_ = served.error();
}

Task<> ChatDoors::serve_web(ChatDoors& doors) {
  IrcServer& server = doors.irc_;
  ChatWebDoor door([&server](WebSocket& socket,
                             ChatWebClient client) { return talk_web(server, socket, client); },
                   {.origins = server.hub.settings().web_origins, .only_local = doors.is_local_});
  const auto served = co_await door.serve(doors.web_);
  if (!served && !doors.fault_) doors.fault_ = served.error();
}

}  // namespace patchbay
