// CAP (capability-negotiation of IRCv3, version 302).
#include "patchbay/tools/chat/irc/irc_capability.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "patchbay/base/ascii.hpp"
#include "patchbay/tools/chat/irc/irc_line_list.hpp"
#include "patchbay/tools/chat/irc/irc_registration.hpp"
#include "patchbay/tools/chat/irc/irc_sasl.hpp"

namespace patchbay {

namespace {

// Of a server with a very long name lines are cut.
constexpr std::size_t k_most_around = 400;
constexpr int k_version_with_values = 302;

constexpr std::array k_capabilities = {
    IrcCapability{"account-notify", irc::account_notify},
    IrcCapability{"account-tag", irc::account_tag},
    IrcCapability{"away-notify", irc::away_notify},
    IrcCapability{"batch", irc::batch},
    IrcCapability{"cap-notify", irc::cap_notify},
    IrcCapability{"chghost", irc::chghost},
    IrcCapability{"draft/chathistory", irc::chathistory},
    IrcCapability{"draft/event-playback", irc::event_playback},
    IrcCapability{"draft/no-implicit-names", irc::no_implicit_names},
    IrcCapability{"echo-message", irc::echo_message},
    IrcCapability{"extended-join", irc::extended_join},
    IrcCapability{"invite-notify", irc::invite_notify},
    IrcCapability{"labeled-response", irc::labeled_response},
    IrcCapability{"message-tags", irc::message_tags},
    IrcCapability{"multi-prefix", irc::multi_prefix},
    IrcCapability{"sasl", irc::sasl},
    IrcCapability{"server-time", irc::server_time},
    IrcCapability{"setname", irc::setname},
    IrcCapability{"soju.im/search", irc::search},
    IrcCapability{"sts", 0},
    IrcCapability{"userhost-in-names", irc::userhost_in_names},
};

// A policy of transport security has two parts, and clients look at the one that is about their own
// connection: the port where TLS is to be had, and how long they should stay with it.
std::string sts_value(const ChatSettings& settings, bool is_secure) {
  const std::string port = fmt::format("port={}", settings.sts_port);
  return is_secure ? fmt::format("duration={},{}", settings.sts_seconds, port) : port;
}

// What is offered to this client; with a value where there is one. Nothing: it is not offered.
std::optional<std::string> offer(const IrcSession& session, const IrcCapability& capability,
                                 bool with_values) {
  const ChatSettings& settings = session.hub().settings();
  std::string text(capability.name);
  if (capability.bit == irc::sasl) {
    if (session.server.accounts == nullptr) return std::nullopt;
    if (with_values) (text += '=') += irc_sasl_mechanisms(session);
  }
  if (capability.bit == 0) {
    const bool is_offered = settings.sts_seconds > 0 && settings.sts_port > 0 && with_values;
    if (!is_offered) return std::nullopt;
    (text += '=') += sts_value(settings, session.is_secure);
  }
  return text;
}

// Several lines, where the client knows how that is written.
void tell_words(IrcSession& session, std::string_view subcommand, const IrcLineList& words,
                bool marks_more) {
  const std::string front =
      fmt::format(":{} CAP {} {}", session.hub().self().name, session.addressee(), subcommand);
  const auto& lines = words.lines();
  if (lines.empty()) return session.reply_line(front + " :");
  for (const std::string& line : lines) {
    const bool is_last = &line == &lines.back();
    session.reply_line(fmt::format("{}{} :{}", front, marks_more && !is_last ? " *" : "", line));
  }
}

IrcLineList line_list(const IrcSession& session) {
  // ":server CAP nick LIST * :", CR LF.
  const std::size_t around = session.hub().self().name.size() + session.addressee().size() + 20;
  return {k_irc_line_bytes - std::min(around, k_most_around), ' '};
}

void list_offers(IrcSession& session, const IrcMessage& message) {
  int version = 0;
  const std::string_view text = message.parameter(1);
  std::from_chars(text.data(), text.data() + text.size(), version);
  session.cap_version = std::max(session.cap_version, version);
  const bool with_values = version >= k_version_with_values;
  if (with_values) session.set_capabilities(session.capabilities | irc::cap_notify);
  if (session.newcomer) session.newcomer->negotiating = true;
  IrcLineList words = line_list(session);
  for (const IrcCapability& capability : k_capabilities) {
    if (const auto offered = offer(session, capability, with_values)) words.add(*offered);
  }
  tell_words(session, "LS", words, with_values);
}

void list_own(IrcSession& session) {
  IrcLineList words = line_list(session);
  for (const IrcCapability& capability : k_capabilities) {
    if (capability.bit != 0 && session.has(capability.bit)) words.add(capability.name);
  }
  tell_words(session, "LIST", words, session.cap_version >= k_version_with_values);
}

// What the client would have. Nothing: one of the words cannot be, so none of them is done.
std::optional<std::uint32_t> wanted_bits(const IrcSession& session, std::string_view words) {
  std::uint32_t bits = session.capabilities;
  while (!words.empty()) {
    std::string_view word = words.substr(0, words.find(' '));
    words.remove_prefix(std::min(word.size() + 1, words.size()));
    if (word.empty()) continue;
    const bool takes_away = word.starts_with('-');
    if (takes_away) word.remove_prefix(1);
    const IrcCapability* const capability = find_irc_capability(word);
    if (capability == nullptr || capability->bit == 0) return std::nullopt;
    if (!offer(session, *capability, true)) return std::nullopt;
    // Whoever reads values is told of changes as well.
    const bool has_to_stay = capability->bit == irc::cap_notify && takes_away &&
                             session.cap_version >= k_version_with_values;
    if (has_to_stay) return std::nullopt;
    bits = takes_away ? bits & ~capability->bit : bits | capability->bit;
  }
  return bits;
}

void request(IrcSession& session, std::string_view words) {
  if (session.newcomer) session.newcomer->negotiating = true;
  const auto bits = wanted_bits(session, words);
  if (bits) session.set_capabilities(*bits);
  IrcLineList answer = line_list(session);
  for (std::string_view rest = words; !rest.empty();) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
    if (!word.empty()) answer.add(word);
  }
  tell_words(session, bits ? "ACK" : "NAK", answer, false);
}

}  // namespace

std::span<const IrcCapability> irc_capabilities() { return k_capabilities; }

const IrcCapability* find_irc_capability(std::string_view name) {
  const auto found = std::ranges::find(k_capabilities, name, &IrcCapability::name);
  return found == k_capabilities.end() ? nullptr : found;
}

void negotiate_irc(IrcSession& session, const IrcMessage& message) {
  const std::string_view subcommand = message.parameter(0);
  if (equal_ignoring_case(subcommand, "LS")) return list_offers(session, message);
  if (equal_ignoring_case(subcommand, "LIST")) return list_own(session);
  if (equal_ignoring_case(subcommand, "REQ")) return request(session, message.parameter(1));
  if (!equal_ignoring_case(subcommand, "END")) {
    return session.reply(
        410, {subcommand.empty() ? "*" : subcommand, "CAP knows LS, LIST, REQ and END"});
  }
  if (!session.newcomer) return;
  session.newcomer->negotiating = false;
  welcome_irc_if_ready(session);
}

}  // namespace patchbay
