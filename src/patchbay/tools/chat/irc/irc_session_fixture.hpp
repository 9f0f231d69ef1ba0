// For tests: sessions of IRC without a connection: what is typed, and what is answered.
#pragma once

#include <gtest/gtest.h>
#include <sodium.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/net/loop.hpp"
#include "patchbay/tools/chat/accounts/chat_accounts.hpp"
#include "patchbay/tools/chat/irc/irc_session.hpp"

namespace patchbay {

using IrcLines = std::vector<std::string>;

// One account, "bob" with the password "pencil"; "tim" is suspended.
class OneAccount final : public ChatAccounts {
 public:
  std::string account_of(std::string_view folded) const override {
    return folded == "bob" ? "bob" : "";
  }
  Task<std::expected<std::string, ChatLoginFault>> check(std::string name, std::string password,
                                                         Endpoint) override {
    if (name == "tim") co_return std::unexpected(ChatLoginFault::suspended);
    if (name != "bob" || password != "pencil") co_return std::unexpected(ChatLoginFault::wrong);
    co_return "Bob";
  }
  Task<std::expected<ChatScramKeys, ChatLoginFault>> scram_keys(std::string, Endpoint) override {
    co_return keys;
  }
  void note_login(std::string_view name, const Endpoint&, bool right) override {
    notes.push_back(std::string(name) + (right ? " right" : " wrong"));
  }

  ChatScramKeys keys = {};
  IrcLines notes = {};
};

// The password "sesame".
inline std::string cheap_hash() {
  char hash[crypto_pwhash_STRBYTES];
  constexpr std::string_view password = "sesame";
  EXPECT_EQ(crypto_pwhash_str(hash, password.data(), password.size(), crypto_pwhash_OPSLIMIT_MIN,
                              crypto_pwhash_MEMLIMIT_MIN),
            0);
  return hash;
}

class IrcTest : public testing::Test {
 protected:
  struct Client {
    explicit Client(IrcServer& server, std::uint32_t framing = 0)
        : session(server, nullptr, framing) {
      session.arrive(*Endpoint::parse("127.0.0.1:4711"), false);
    }
    ~Client() { session.leave("Connection closed"); }

    IrcSession session;
  };

  IrcTest() { settings_.limits.flood = false; }

  // Before anything else; the settings are as they are then.
  IrcServer& server() {
    if (!server_) {
      hub_ = std::make_unique<ChatHub>(std::make_shared<const ChatSettings>(settings_), nullptr,
                                       accounts_.get());
      server_ = std::make_unique<IrcServer>(
          IrcServer{.hub = *hub_,
                    .doorkeeper = doorkeeper_,
                    .passwords = passwords_,
                    .accounts = accounts_.get(),
                    .started = WallTime(std::chrono::seconds(1'700'000'000)),
                    .version = "patchbay-test",
                    .rehash = rehash_});
    }
    return *server_;
  }

  std::unique_ptr<Client> connect() { return std::make_unique<Client>(server()); }
  // One that is welcomed already, with the capabilities in words.
  std::unique_ptr<Client> enter(std::string_view name, std::string_view capabilities = {}) {
    auto client = connect();
    if (!capabilities.empty()) say(*client, "CAP REQ :" + std::string(capabilities));
    say(*client, "NICK " + std::string(name));
    say(*client, "USER " + std::string(name) + " 0 * :" + std::string(name));
    if (!capabilities.empty()) say(*client, "CAP END");
    EXPECT_TRUE(client->session.is_registered) << name;
    return client;
  }

  // What it hears next, without line ends.
  static IrcLines hear(Client& client) {
    const std::string text = ChatHub::take(client.session, 1 << 20);
    IrcLines lines;
    for (std::string_view rest = text; !rest.empty();) {
      const std::size_t end = rest.find("\r\n");
      EXPECT_NE(end, rest.npos) << rest;
      if (end == rest.npos) break;
      lines.emplace_back(rest.substr(0, end));
      rest.remove_prefix(end + 2);
    }
    return lines;
  }
  // All that is said to it until then, and the answer.
  IrcLines say(Client& client, std::string_view line) {
    loop_->run(client.session.take(line));
    return hear(client);
  }
  // Without the tags; empty if there is not one line.
  std::string answer(Client& client, std::string_view line) {
    const IrcLines lines = say(client, line);
    EXPECT_EQ(lines.size(), 1U) << line << testing::PrintToString(lines);
    return lines.size() == 1 ? lines.front() : std::string();
  }
  // The numbers of an answer, as "375 372 376".
  static std::string numbers(const IrcLines& lines) {
    std::string all;
    for (const std::string& line : lines) {
      const std::size_t blank = line.find(' ');
      if (!all.empty()) all += ' ';
      all += line.substr(blank + 1, line.find(' ', blank + 1) - blank - 1);
    }
    return all;
  }
  static std::string find(const IrcLines& lines, std::string_view part) {
    const auto found =
        std::ranges::find_if(lines, [&](const std::string& line) { return line.contains(part); });
    return found == lines.end() ? std::string() : *found;
  }

  std::unique_ptr<Loop> loop_ = *Loop::make();
  LoopGuard guard_{*loop_};
  ChatSettings settings_ = {.server_name = "here", .network = "Net"};
  std::unique_ptr<OneAccount> accounts_;
  std::function<std::string()> rehash_;
  ChatDoorkeeper doorkeeper_;
  ChatPasswordDesk passwords_;

 private:
  std::unique_ptr<ChatHub> hub_;
  std::unique_ptr<IrcServer> server_;
};

}  // namespace patchbay
