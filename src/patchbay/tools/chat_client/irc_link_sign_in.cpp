// IrcLink: from the connection to the welcome: capabilities, SASL, a name.
#include <fmt/format.h>

#include <algorithm>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat_client/irc_link.hpp"

namespace patchbay::chat_client {

namespace {

constexpr std::string_view k_wanted[] = {
    "batch",        "cap-notify",   "draft/chathistory", "echo-message",   "extended-join",
    "message-tags", "multi-prefix", "server-time",       "soju.im/search", "userhost-in-names"};
constexpr std::size_t k_most_offered = 500;
constexpr int k_most_nicks = 6;

template <class Visit>
void for_each_word(std::string_view text, Visit visit) {
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(word.size() + 1, text.size()));
    if (!word.empty()) visit(word);
  }
}

// What a server says last in a line, for a terminal.
std::string said_last(const IrcMessage& message) {
  return message.count == 0 ? std::string() : escape_terminal(message.parameter(message.count - 1));
}

}  // namespace

void IrcLink::begin() {
  send("CAP LS 302");
  send(fmt::format("NICK {}", options_.nick));
  send(fmt::format("USER {} 0 * :{}", options_.nick, options_.nick));
}

void IrcLink::hear_cap(const IrcMessage& message, WallTime) {
  const std::string_view what = message.parameter(1);
  const bool more = message.parameter(2) == "*" && message.count > 3;
  const std::string_view list = message.parameter(more ? 3 : 2);
  if (what == "LS") {
    note_offered(list);
    if (!more && !welcomed_) ask_for_capabilities();
  } else if (what == "NEW") {
    note_offered(list);
  } else if (what == "DEL") {
    for_each_word(list, [this](std::string_view word) { granted_.erase(std::string(word)); });
  } else if (what == "ACK") {
    for_each_word(list, [this](std::string_view word) {
      // Only what was offered, so that the value of each is known.
      if (offered_.contains(word)) granted_.emplace(word);
    });
    if (!welcomed_) go_on_signing_in();
  } else if (what == "NAK" && !welcomed_) {
    go_on_signing_in();
  }
}

void IrcLink::note_offered(std::string_view list) {
  for_each_word(list, [this](std::string_view word) {
    if (offered_.size() >= k_most_offered) return;
    const std::string_view name = word.substr(0, word.find('='));
    const std::string_view value =
        name.size() < word.size() ? word.substr(name.size() + 1) : std::string_view{};
    offered_.insert_or_assign(std::string(name), std::string(value));
  });
}

void IrcLink::ask_for_capabilities() {
  std::string wanted;
  for (const std::string_view name : k_wanted) {
    if (offered_.contains(name)) wanted.append(wanted.empty() ? "" : " ").append(name);
  }
  if (options_.account && offered_.contains("sasl")) {
    wanted.append(wanted.empty() ? "" : " ").append("sasl");
  }
  if (wanted.empty()) return go_on_signing_in();
  send(fmt::format("CAP REQ :{}", wanted));
}

void IrcLink::go_on_signing_in() {
  if (sasl_) return;
  if (!options_.account || signed_in_) return send("CAP END");
  if (!has("sasl")) {
    return give_up(Failure("cannot sign in", "the server has no SASL",
                           "leave --sasl out; the password was not sent"),
                   exit_permission);
  }
  begin_sasl(offered_.find("sasl")->second);
}

void IrcLink::begin_sasl(std::string_view offered) {
  sasl_ = std::make_unique<SaslExchange>(*options_.account, offered, options_.may_be_plain,
                                         options_.nonce);
  const auto lines = sasl_->begin();
  if (lines.empty()) {
    return give_up(Failure("cannot sign in",
                           options_.may_be_plain
                               ? "the server has neither SCRAM-SHA-256 nor PLAIN"
                               : "the server wants the password itself, and anybody could hear it",
                           options_.may_be_plain ? "" : "use --tls; the password was not sent"),
                   exit_permission);
  }
  for (const std::string& line : lines) send(line);
}

void IrcLink::hear_authenticate(const IrcMessage& message, WallTime) {
  if (!sasl_) return;
  for (const std::string& line : sasl_->answer(message.parameter(0))) send(line);
}

void IrcLink::hear_sasl_done(const IrcMessage&, WallTime) {
  if (!sasl_) return;
  if (!sasl_->believes()) {
    return give_up(Failure("cannot sign in", "the server did not prove that it knows the password",
                           "make sure that it is the right server"),
                   exit_permission);
  }
  sasl_.reset();
  signed_in_ = true;
  send("CAP END");
}

void IrcLink::hear_sasl_mechanisms(const IrcMessage& message, WallTime) {
  sasl_mechanisms_ = message.parameter(1);
}

void IrcLink::hear_sasl_failed(const IrcMessage& message, WallTime) {
  if (!sasl_) return;
  // It did not tell before what it has, and now it did.
  if (offered_.find("sasl")->second.empty() && !sasl_mechanisms_.empty()) {
    offered_.find("sasl")->second = sasl_mechanisms_;
    if (sasl_mechanisms_.find("SCRAM-SHA-256") == std::string::npos) {
      return begin_sasl(sasl_mechanisms_);
    }
  }
  give_up(Failure("cannot sign in", said_last(message), "check --sasl USER and the password"),
          exit_permission);
}

void IrcLink::hear_welcome(const IrcMessage& message, WallTime at) {
  if (welcomed_) return;
  if (options_.account && !signed_in_) {
    return give_up(Failure("cannot sign in", "the server has no SASL",
                           "leave --sasl out; the password was not sent"),
                   exit_permission);
  }
  welcomed_ = true;
  own_name_ = to_valid_utf8(message.parameter(0));
  tell({.kind = ChatEvent::Kind::welcomed,
        .at = at,
        .from = own_name_,
        .text = to_valid_utf8(message.parameter(1))});
  for (const std::string& room : options_.rooms) send(fmt::format("JOIN {}", room));
}

void IrcLink::hear_nick_taken(const IrcMessage& message, WallTime at) {
  if (welcomed_) {
    return refuse(to_valid_utf8(fmt::format("{}: {}", message.parameter(1), said_last(message))),
                  at);
  }
  if (++nicks_tried_ >= k_most_nicks) {
    return give_up(Failure(fmt::format("cannot take the name {}", escape_terminal(options_.nick)),
                           said_last(message), "choose another one with --nick"));
  }
  own_name_ += '_';
  send(fmt::format("NICK {}", own_name_));
}

void IrcLink::hear_nick_wrong(const IrcMessage& message, WallTime at) {
  if (welcomed_) return refuse(to_valid_utf8(message.parameter(message.count - 1)), at);
  give_up(Failure(fmt::format("cannot take the name {}", escape_terminal(own_name_)),
                  said_last(message), "choose another one with --nick"));
}

void IrcLink::hear_shut_out(const IrcMessage& message, WallTime at) {
  if (welcomed_) return refuse(to_valid_utf8(message.parameter(message.count - 1)), at);
  give_up(Failure("the server does not let us in", said_last(message), ""), exit_permission);
}

}  // namespace patchbay::chat_client
