// For tests: as much of an IRC server as a client needs to come in, speak and leave.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "patchbay/net/tcp.hpp"
#include "patchbay/wire/irc_message.hpp"
#include "patchbay/wire/line_splitter.hpp"

namespace patchbay::chat_client {

struct IrcServerScript {
  bool welcomes = true;
  std::string join_answer = {};   // in place of letting in: ":s 474 ann #lobby :no"
  std::size_t hang_up_after = 0;  // lines that are said on a connection; 0: never
  int hang_ups = 0;               // … on so many connections
  bool answers_pings = true;
};

struct IrcServerLog {
  std::vector<std::string> said = {};   // in rooms
  std::vector<std::string> lines = {};  // all that was heard
  int connections = 0;
  int quits = 0;
};

// What is answered to a line; false: the connection ends.
inline bool answer_irc(const IrcMessage& message, const IrcServerScript& script, IrcServerLog& log,
                       std::string& out) {
  const std::string first(message.parameter(0));
  if (message.is("USER") && script.welcomes) out += ":s 001 ann :Welcome\r\n";
  if (message.is("JOIN")) {
    out += script.join_answer.empty() ? ":ann!a@h JOIN " + first : script.join_answer;
    out += "\r\n";
  }
  if (message.is("PRIVMSG")) log.said.emplace_back(message.parameter(1));
  if (message.is("PING") && script.answers_pings) out += ":s PONG s :" + first + "\r\n";
  if (!message.is("QUIT")) return true;
  ++log.quits;
  out += "ERROR :bye\r\n";
  return false;
}

// One client, until one of the two ends it.
inline Task<Result<>> serve_irc_client(TcpStream stream, const IrcServerScript& script,
                                       IrcServerLog& log) {
  LineSplitter lines(k_irc_line_bytes);
  const int number = ++log.connections;
  std::size_t said_before = log.said.size();
  for (;;) {
    const auto piece = co_await stream.receive();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return ok();
    std::string_view rest = piece->text();
    std::string out;
    bool goes_on = true;
    while (const auto line = lines.next(rest)) {
      log.lines.emplace_back(line->text);
      const auto message = parse_irc(line->text);
      if (message) goes_on = answer_irc(*message, script, log, out) && goes_on;
      const bool hangs_up = script.hang_up_after > 0 && number <= script.hang_ups &&
                            log.said.size() - said_before >= script.hang_up_after;
      if (hangs_up) co_return ok();
    }
    const auto sent = co_await stream.write_all(out);
    if (!sent) co_return sent;
    if (!goes_on) co_return ok();
  }
}

// One client after the other, until it is cancelled.
inline Task<Result<>> serve_irc(TcpListener& listener, const IrcServerScript& script,
                                IrcServerLog& log) {
  for (;;) {
    auto client = co_await listener.accept();
    if (!client) co_return client.error();
    // How it ends is the client's affair.
    const auto served = co_await serve_irc_client(std::move(*client), script, log);
    if (!served && served.error().fault() == Fault::cancelled) co_return served;
  }
}

}  // namespace patchbay::chat_client
