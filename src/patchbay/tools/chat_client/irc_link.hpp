// IrcLink: IRC as a client speaks it (RFC 1459, RFC 2812) with what IRCv3 adds: capabilities, SASL,
// tags, batches, history. Over TCP, TLS or a WebSocket: that is not known here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/tools/chat_client/chat_link.hpp"
#include "patchbay/tools/chat_client/sasl_exchange.hpp"
#include "patchbay/wire/irc_message.hpp"

namespace patchbay::chat_client {

struct IrcLinkOptions {
  std::string nick;
  std::vector<std::string> rooms = {};
  std::optional<SaslAccount> account = {};
  bool may_be_plain = false;  // nobody hears the line: a password may be said on it
  std::string nonce = {};     // by chance, printable; for SCRAM
  std::size_t history = 0;    // lines of each room that are asked for on the way in
};

class IrcLink final : public ChatLink {
 public:
  explicit IrcLink(IrcLinkOptions options);

  void begin() override;
  void hear(std::string_view line, WallTime now) override;
  void wish(const ChatWish& wish, WallTime now) override;
  void fence() override;

 private:
  struct Batch {
    std::string type;
    std::string room;
    std::vector<ChatLine> lines = {};
  };
  using Handler = void (IrcLink::*)(const IrcMessage&, WallTime);
  struct Named {
    std::string_view command;
    Handler handler;
  };
  static const Named k_handlers[];

  // Signing in (irc_link_sign_in.cpp).
  void hear_cap(const IrcMessage& message, WallTime at);
  void hear_authenticate(const IrcMessage& message, WallTime at);
  void hear_sasl_done(const IrcMessage& message, WallTime at);
  void hear_sasl_failed(const IrcMessage& message, WallTime at);
  void hear_sasl_mechanisms(const IrcMessage& message, WallTime at);
  void hear_welcome(const IrcMessage& message, WallTime at);
  void hear_nick_taken(const IrcMessage& message, WallTime at);
  void hear_nick_wrong(const IrcMessage& message, WallTime at);
  void hear_shut_out(const IrcMessage& message, WallTime at);
  void note_offered(std::string_view list);
  void ask_for_capabilities();
  void go_on_signing_in();
  void begin_sasl(std::string_view offered);

  // What happens (irc_link.cpp).
  void ignore(const IrcMessage&, WallTime) {}
  void hear_ping(const IrcMessage& message, WallTime at);
  void hear_pong(const IrcMessage& message, WallTime at);
  void hear_said(const IrcMessage& message, WallTime at);
  void hear_join(const IrcMessage& message, WallTime at);
  void hear_part(const IrcMessage& message, WallTime at);
  void hear_quit(const IrcMessage& message, WallTime at);
  void hear_kick(const IrcMessage& message, WallTime at);
  void hear_nick(const IrcMessage& message, WallTime at);
  void hear_topic(const IrcMessage& message, WallTime at);
  void hear_mode(const IrcMessage& message, WallTime at);
  void hear_invite(const IrcMessage& message, WallTime at);
  void hear_batch(const IrcMessage& message, WallTime at);
  void hear_error(const IrcMessage& message, WallTime at);
  void hear_fail(const IrcMessage& message, WallTime at);

  // Answers (irc_link_answers.cpp).
  void hear_support(const IrcMessage& message, WallTime at);
  void hear_topic_is(const IrcMessage& message, WallTime at);
  void hear_names(const IrcMessage& message, WallTime at);
  void hear_end_of_names(const IrcMessage& message, WallTime at);
  void hear_who(const IrcMessage& message, WallTime at);
  void hear_listed(const IrcMessage& message, WallTime at);
  void hear_text(const IrcMessage& message, WallTime at);
  void hear_refused_join(const IrcMessage& message, WallTime at);
  void hear_number(const IrcMessage& message, WallTime at);

  // Wishes (irc_link_wishes.cpp).
  void say(const ChatWish& wish, const std::string& to, ChatLine::Kind kind, WallTime now);
  void ask_for_history(const ChatWish& wish, WallTime now);
  void ask_search(const ChatWish& wish, WallTime now);
  void ask_latest(const std::string& room, std::size_t count);

  bool has(std::string_view capability) const { return granted_.contains(capability); }
  bool is_room(std::string_view name) const;
  bool is_own(std::string_view name) const { return same_irc_name(name, own_name_); }
  ChatLine line_of(const IrcMessage& message, WallTime at) const;
  void tell_said(const IrcMessage& message, std::string room, ChatLine line);
  void end_batch(const std::string& name, WallTime at);

  IrcLinkOptions options_;
  std::map<std::string, std::string, std::less<>> offered_;
  std::set<std::string, std::less<>> granted_;
  std::unique_ptr<SaslExchange> sasl_;
  std::string sasl_mechanisms_;  // as the server told when it refused one
  bool signed_in_ = false;
  int nicks_tried_ = 0;

  // As RFC 2811 has them until the server tells its own.
  std::string room_signs_ = "#&+!";
  std::string rank_letters_ = "ov";
  std::string rank_signs_ = "@+";
  std::string argument_modes_ = "beIk";  // that have an argument, whether set or unset
  std::string set_argument_modes_ = "l";
  std::size_t history_page_ = 100;

  std::map<std::string, Batch, std::less<>> batches_;
  std::map<std::string, std::vector<ChatMember>, std::less<>> names_;  // until their end
  std::set<std::string, std::less<>> names_asked_;
  std::uint64_t fences_ = 0;
};

// The name of "name!user@host".
std::string_view name_in(std::string_view source);

// "2026-03-01T12:00:00.000Z" of the tag server-time; nothing where it is none.
std::optional<WallTime> parse_server_time(std::string_view text);

}  // namespace patchbay::chat_client
