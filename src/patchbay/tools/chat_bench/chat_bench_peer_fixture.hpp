// A chat server for tests: the least of IRC that a load needs, with faults if they are asked for.
#pragma once

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/group.hpp"
#include "patchbay/net/outbox.hpp"
#include "patchbay/net/tcp.hpp"
#include "patchbay/tools/chat_bench/chat_bench_lines.hpp"

namespace patchbay {

// Counted in deliveries, of all clients together; 0: none of it.
struct ChatPeerFaults {
  std::uint64_t lose_each = 0;
  std::uint64_t double_each = 0;
  std::uint64_t swap_each = 0;  // with the one that comes next to the same client
  std::uint64_t cut_after = 0;  // then the client that it would be for is cut
  bool refuses = false;         // every name
  bool hides_joins = false;     // from those who are there already
  bool asks_before = false;     // for an answer to a PING, before it lets anybody in
};

class ChatPeer {
 public:
  explicit ChatPeer(ChatPeerFaults faults = {}) : faults_(faults) {}

  Task<> serve(TcpListener& listener) {
    TaskGroup group(co_await current_scope());
    for (;;) {
      auto client = co_await listener.accept();
      if (!client) break;
      group.spawn(&ChatPeer::talk, this, std::move(*client));
    }
    co_await group.join();
  }
  Task<Result<>> serve_until_cancelled(TcpListener& listener) {
    co_await serve(listener);
    co_return Error(Fault::cancelled, "serve");
  }

  std::uint64_t clients = 0;
  std::uint64_t said = 0;
  std::uint64_t lost = 0;  // those that were to be swapped and were not, too
  std::uint64_t doubled = 0;
  std::uint64_t swapped = 0;
  std::uint64_t pongs = 0;

 private:
  struct Member {
    Outbox out{4 << 20};
    std::string nick;
    std::string held;  // to be sent after the next line
    bool greeted = false;
    bool cut = false;
  };

  Task<> talk(TcpStream stream) {
    ++clients;
    Member me;
    [[maybe_unused]] const auto ended = co_await either(hear(stream, me), me.out.write_to(stream));
    for (auto& [name, members] : rooms_) std::erase(members, &me);
    if (!me.held.empty()) ++lost;
  }

  Task<Result<>> hear(TcpStream& stream, Member& me) {
    ChatBenchLines lines;
    for (;;) {
      const auto piece = co_await stream.receive();
      if (!piece) co_return piece.error();
      if (piece->empty()) co_return ok();
      lines.take(piece->text(), [&](std::string_view line) { answer(me, line); });
      if (me.cut) co_return ok();
    }
  }

  void answer(Member& me, std::string_view line) {
    const std::string_view word = line.substr(0, line.find(' '));
    line.remove_prefix(std::min(word.size() + 1, line.size()));
    if (word == "NICK") {
      me.nick = line;
    } else if (word == "USER" && faults_.refuses) {
      me.out.add(":lab 433 * " + me.nick + " :Nickname is already in use\r\n");
    } else if (word == "USER" && faults_.asks_before) {
      me.out.add("PING :cookie\r\n");
    } else if (word == "USER") {
      welcome(me);
    } else if (word == "PONG") {
      ++pongs;
      if (!me.greeted && line == ":cookie") welcome(me);
    } else if (word == "JOIN") {
      for (; !line.empty(); line.remove_prefix(std::min(line.find(','), line.size() - 1) + 1)) {
        join(me, std::string(line.substr(0, line.find(','))));
      }
    } else if (word == "PRIVMSG") {
      const std::size_t end = line.find(' ');
      say(me, std::string(line.substr(0, end)), line.substr(end + 1));
    }
  }

  void welcome(Member& me) {
    me.greeted = true;
    me.out.add(":lab 001 " + me.nick + " :Welcome\r\n:lab 422 " + me.nick + " :None\r\n");
  }

  void join(Member& me, const std::string& room) {
    std::vector<Member*>& members = rooms_[room];
    members.push_back(&me);
    std::string names;
    for (Member* member : members) {
      names += (names.empty() ? "@" : " ") + member->nick;
      if (member != &me && faults_.hides_joins) continue;
      member->out.add(":" + me.nick + "!b@lab JOIN :" + room + "\r\n");
    }
    me.out.add(":lab 353 " + me.nick + " = " + room + " :" + names + "\r\n:lab 366 " + me.nick +
               " " + room + " :End\r\n");
  }

  void say(const Member& me, const std::string& room, std::string_view text) {
    ++said;
    const std::string line =
        ":" + me.nick + "!b@lab PRIVMSG " + room + " " + std::string(text) + "\r\n";
    for (Member* member : rooms_[room]) {
      if (member != &me) deliver(*member, line);
    }
  }

  void deliver(Member& member, const std::string& line) {
    ++deliveries_;
    const auto is_turn = [this](std::uint64_t each) { return each > 0 && deliveries_ % each == 0; };
    if (faults_.cut_after > 0 && deliveries_ == faults_.cut_after) {
      member.cut = true;
      member.out.add("ERROR :Closing link\r\nPING :last\r\n");
    }
    if (is_turn(faults_.lose_each)) {
      ++lost;
      return;
    }
    if (is_turn(faults_.swap_each) && member.held.empty()) {
      member.held = line;
      return;
    }
    member.out.add(line);
    if (is_turn(faults_.double_each)) {
      member.out.add(line);
      ++doubled;
    }
    if (member.held.empty()) return;
    member.out.add(member.held);
    member.held.clear();
    ++swapped;
  }

  const ChatPeerFaults faults_;
  std::map<std::string, std::vector<Member*>> rooms_;
  std::uint64_t deliveries_ = 0;
};

}  // namespace patchbay
