#include "patchbay/tools/chat_client/chat_plan.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/number.hpp"
#include "patchbay/base/text.hpp"
#include "patchbay/http/http_url.hpp"
#include "patchbay/tools/chat_client/chat_wish.hpp"

namespace patchbay::chat_client {

namespace {

constexpr std::uint16_t k_irc_port = 6667;
constexpr std::uint16_t k_ircs_port = 6697;
constexpr std::uint16_t k_lines_port = 6000;
constexpr std::size_t k_most_nick_bytes = 64;
constexpr std::string_view k_guest = "guest";

std::uint16_t usual_port(ChatFace face, bool tls) {
  switch (face) {
    case ChatFace::irc: return tls ? k_ircs_port : k_irc_port;
    case ChatFace::lines: return k_lines_port;
    case ChatFace::websocket: return tls ? 443 : 80;
  }
  return k_irc_port;
}

bool has_scheme(std::string_view text) { return text.find("://") != std::string_view::npos; }

// What no protocol can carry in a name, or another one would take for two.
bool is_bad_in_name(char c) {
  return is_ascii_control(c) || std::string_view(" ,:!@*?").find(c) != std::string_view::npos;
}

// A name of this machine's user as one that IRC takes: no digit and no '-' at its front.
std::string nick_for(std::string_view user) {
  std::string nick;
  for (const char c : user.substr(0, k_most_nick_bytes)) {
    const bool good = is_ascii_visible(c) && !is_bad_in_name(c) && c != '.' && c != '/' &&
                      c != '#' && !(nick.empty() && (decimal::is_digit(c) || c == '-'));
    if (good) nick += c;
  }
  return nick.empty() ? std::string(k_guest) : nick;
}

std::expected<void, Failure> set_target(const ChatJoinFlags& flags, ChatPlan& plan, bool& tls) {
  if (has_scheme(flags.to)) {
    const auto url = HttpUrl::parse(flags.to);
    if (!url) return std::unexpected(Failure(url.error()));
    if (flags.face != ChatFace::websocket) {
      return std::unexpected(Failure("a URL is not for this face",
                                     "IRC and the line mode are reached by HOST[:PORT]",
                                     "--face ws"));
    }
    tls = tls || url->secure;
    plan.to = {url->host, url->port};
    if (url->target != "/") plan.path = url->target;
    return {};
  }
  const auto to = HostPort::parse(flags.to, {.port = usual_port(flags.face, tls)});
  if (!to) return std::unexpected(Failure(to.error()));
  plan.to = *to;
  return {};
}

std::expected<TlsClientOptions, Failure> plan_trust(const ChatJoinFlags& flags) {
  TlsClientOptions tls{.verify = !flags.insecure, .ca_file = flags.ca_file.value_or("")};
  for (const std::string& word : flags.pins) {
    const auto pin = TlsPin::parse(word);
    if (!pin) return std::unexpected(Failure(pin.error()));
    tls.pins.push_back(*pin);
  }
  if (flags.face == ChatFace::websocket) tls.alpn = {"http/1.1"};
  return tls;
}

std::expected<std::string, Failure> plan_nick(const ChatJoinFlags& flags, std::string_view user) {
  if (!flags.nick) return nick_for(user);
  const std::string& nick = *flags.nick;
  const bool good = !nick.empty() && nick.size() <= k_most_nick_bytes &&
                    std::ranges::none_of(nick, is_bad_in_name) && is_valid_utf8(nick);
  if (good) return nick;
  return std::unexpected(
      Failure(fmt::format("--nick: '{}' can be no name", escape_terminal(nick)),
              fmt::format("it takes 1 to {} bytes without blanks and without any of ,:!@*?",
                          k_most_nick_bytes),
              "--nick ann"));
}

std::expected<std::vector<std::string>, Failure> plan_rooms(const ChatJoinFlags& flags) {
  std::vector<std::string> rooms;
  for (const std::string& word : flags.rooms) {
    std::string room = is_room_name(word) ? word : "#" + word;
    const bool good = room.size() > 1 && std::ranges::none_of(room, [](char c) {
                        return is_ascii_control(c) || c == ' ' || c == ',';
                      });
    if (!good) {
      return std::unexpected(
          Failure(fmt::format("--room: '{}' can be no room", escape_terminal(word)),
                  "its name has no blanks and no comma", "--room '#lobby'"));
    }
    rooms.push_back(std::move(room));
  }
  return rooms;
}

}  // namespace

std::expected<ChatPlan, Failure> plan_chat(const ChatJoinFlags& flags, std::string_view user) {
  ChatPlan plan{.face = flags.face,
                .account = flags.sasl,
                .password_file = flags.password_file,
                .once = flags.once,
                .timeout = flags.timeout};
  if (flags.history) plan.history = *flags.history;
  bool tls = flags.tls;
  if (const auto set = set_target(flags, plan, tls); !set) return std::unexpected(set.error());
  if (!tls && (!flags.pins.empty() || flags.insecure)) {
    return std::unexpected(Failure("there is no certificate to judge",
                                   "--pin and --insecure are about TLS, which was not asked for",
                                   "--tls"));
  }
  if (tls) {
    auto trust = plan_trust(flags);
    if (!trust) return std::unexpected(trust.error());
    plan.tls = std::move(*trust);
  }
  auto nick = plan_nick(flags, user);
  if (!nick) return std::unexpected(nick.error());
  plan.nick = std::move(*nick);
  auto rooms = plan_rooms(flags);
  if (!rooms) return std::unexpected(rooms.error());
  plan.rooms = std::move(*rooms);
  if (plan.account && plan.face == ChatFace::lines) {
    return std::unexpected(Failure("the line mode has no accounts to sign in with",
                                   "--sasl is for IRC and WebSocket", ""));
  }
  return plan;
}

}  // namespace patchbay::chat_client
