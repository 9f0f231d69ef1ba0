#include "patchbay/tools/chat_client/irc_link.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "patchbay/base/ascii.hpp"
#include "patchbay/base/number.hpp"
#include "patchbay/base/text.hpp"

namespace patchbay::chat_client {

namespace {

constexpr std::size_t k_most_batches = 16;
constexpr std::size_t k_most_batch_lines = 5000;
constexpr std::string_view k_fence = "patchbay-";
constexpr std::string_view k_action =
    "\x01"
    "ACTION ";

// Digits of a fixed count at the front.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  int value = 0;
  const std::string_view word = text.substr(0, digits);
  if (word.size() < digits || !std::ranges::all_of(word, decimal::is_digit)) return std::nullopt;
  std::from_chars(word.data(), word.data() + word.size(), value);
  text.remove_prefix(digits);
  return value;
}

bool take_sign(std::string_view& text, char sign) {
  if (!text.starts_with(sign)) return false;
  text.remove_prefix(1);
  return true;
}

// "\x01VERSION\x01", "\x01ACTION waves": CTCP. Nobody is answered: a client that does can be made
// to talk by strangers.
void read_ctcp(ChatLine& line) {
  if (!line.text.starts_with('\x01')) return;
  if (line.text.size() > 1 && line.text.ends_with('\x01')) line.text.pop_back();
  if (line.text.starts_with(k_action)) {
    line.kind = ChatLine::Kind::action;
    line.text.erase(0, k_action.size());
    return;
  }
  line.kind = ChatLine::Kind::notice;
  line.text = "(CTCP) " + line.text.substr(1);
}

}  // namespace

std::string_view name_in(std::string_view source) {
  return source.substr(0, source.find_first_of("!@"));
}

std::optional<WallTime> parse_server_time(std::string_view text) {
  using namespace std::chrono;
  const auto y = take_number(text, 4);
  const auto mo = y && take_sign(text, '-') ? take_number(text, 2) : std::nullopt;
  const auto d = mo && take_sign(text, '-') ? take_number(text, 2) : std::nullopt;
  const auto h = d && take_sign(text, 'T') ? take_number(text, 2) : std::nullopt;
  const auto mi = h && take_sign(text, ':') ? take_number(text, 2) : std::nullopt;
  const auto s = mi && take_sign(text, ':') ? take_number(text, 2) : std::nullopt;
  const auto ms = s && take_sign(text, '.') ? take_number(text, 3) : std::nullopt;
  if (!ms || text != "Z") return std::nullopt;
  const year_month_day date{year(*y), month(static_cast<unsigned>(*mo)),
                            day(static_cast<unsigned>(*d))};
  if (!date.ok() || *h > 23 || *mi > 59 || *s > 60) return std::nullopt;
  return WallTime(sys_days(date) + hours(*h) + minutes(*mi) + seconds(*s) + milliseconds(*ms));
}

// Commands and numbers that mean something here; what is not among them is shown if it is a number,
// and passed over otherwise.
const IrcLink::Named IrcLink::k_handlers[] = {
    {"PRIVMSG", &IrcLink::hear_said},
    {"NOTICE", &IrcLink::hear_said},
    {"JOIN", &IrcLink::hear_join},
    {"PART", &IrcLink::hear_part},
    {"QUIT", &IrcLink::hear_quit},
    {"KICK", &IrcLink::hear_kick},
    {"NICK", &IrcLink::hear_nick},
    {"TOPIC", &IrcLink::hear_topic},
    {"MODE", &IrcLink::hear_mode},
    {"INVITE", &IrcLink::hear_invite},
    {"BATCH", &IrcLink::hear_batch},
    {"PING", &IrcLink::hear_ping},
    {"PONG", &IrcLink::hear_pong},
    {"ERROR", &IrcLink::hear_error},
    {"FAIL", &IrcLink::hear_fail},
    {"WARN", &IrcLink::hear_text},
    {"NOTE", &IrcLink::hear_text},
    {"WALLOPS", &IrcLink::hear_text},
    {"CAP", &IrcLink::hear_cap},
    {"AUTHENTICATE", &IrcLink::hear_authenticate},
    {"001", &IrcLink::hear_welcome},
    {"005", &IrcLink::hear_support},
    {"315", &IrcLink::ignore},  // the end of WHO
    {"321", &IrcLink::ignore},  // the beginning of LIST
    {"322", &IrcLink::hear_listed},
    {"323", &IrcLink::ignore},
    {"324", &IrcLink::ignore},  // the modes of a room
    {"329", &IrcLink::ignore},  // when it was made
    {"331", &IrcLink::hear_topic_is},
    {"332", &IrcLink::hear_topic_is},
    {"333", &IrcLink::ignore},  // who set it
    {"352", &IrcLink::hear_who},
    {"353", &IrcLink::hear_names},
    {"366", &IrcLink::hear_end_of_names},
    {"403", &IrcLink::hear_refused_join},
    {"405", &IrcLink::hear_refused_join},
    {"432", &IrcLink::hear_nick_wrong},
    {"433", &IrcLink::hear_nick_taken},
    {"436", &IrcLink::hear_nick_taken},
    {"437", &IrcLink::hear_nick_taken},
    {"464", &IrcLink::hear_shut_out},
    {"465", &IrcLink::hear_shut_out},
    {"471", &IrcLink::hear_refused_join},
    {"473", &IrcLink::hear_refused_join},
    {"474", &IrcLink::hear_refused_join},
    {"475", &IrcLink::hear_refused_join},
    {"476", &IrcLink::hear_refused_join},
    {"477", &IrcLink::hear_refused_join},
    {"900", &IrcLink::ignore},  // that we are signed in: 903 comes as well
    {"902", &IrcLink::hear_sasl_failed},
    {"903", &IrcLink::hear_sasl_done},
    {"904", &IrcLink::hear_sasl_failed},
    {"905", &IrcLink::hear_sasl_failed},
    {"906", &IrcLink::hear_sasl_failed},
    {"908", &IrcLink::hear_sasl_mechanisms},
};

IrcLink::IrcLink(IrcLinkOptions options) : options_(std::move(options)) {
  own_name_ = options_.nick;
}

void IrcLink::hear(std::string_view line, WallTime now) {
  const auto message = parse_irc(line);
  if (!message) return;
  WallTime at = now;
  if (!message->tags.empty()) {
    const auto time = irc_tag(message->tags, "time");
    at = (time ? parse_server_time(*time) : std::nullopt).value_or(now);
  }
  for (const Named& named : k_handlers) {
    if (message->is(named.command)) return (this->*named.handler)(*message, at);
  }
  if (!message->command.empty() && decimal::is_digit(message->command.front())) {
    hear_number(*message, at);
  }
}

bool IrcLink::is_room(std::string_view name) const {
  return !name.empty() && room_signs_.find(name.front()) != std::string::npos;
}

void IrcLink::hear_ping(const IrcMessage& message, WallTime) {
  send(fmt::format("PONG :{}", message.parameter(0)));
}

void IrcLink::hear_pong(const IrcMessage& message, WallTime at) {
  if (message.count == 0) return;
  if (!message.parameter(message.count - 1).starts_with(k_fence)) return;
  tell({.kind = ChatEvent::Kind::fenced, .at = at});
}

void IrcLink::fence() { send(fmt::format("PING :{}{}", k_fence, ++fences_)); }

// --- what is said --------------------------------------------------------------------------------

ChatLine IrcLink::line_of(const IrcMessage& message, WallTime at) const {
  ChatLine line{.kind = message.is("NOTICE") ? ChatLine::Kind::notice : ChatLine::Kind::message,
                .at = at,
                .from = to_valid_utf8(name_in(message.source)),
                .text = to_valid_utf8(message.parameter(1)),
                .own = is_own(name_in(message.source))};
  if (!message.tags.empty()) line.id = irc_tag(message.tags, "msgid").value_or("");
  read_ctcp(line);
  return line;
}

void IrcLink::hear_said(const IrcMessage& message, WallTime at) {
  std::string_view to = message.parameter(0);
  // "@#room" is for those of a rank: shown where they are.
  if (to.size() > 1 && rank_signs_.find(to.front()) != std::string::npos && !is_room(to)) {
    to.remove_prefix(1);
  }
  const bool of_server = message.source.find('!') == std::string_view::npos;
  if (message.is("NOTICE") && of_server && !is_room(to)) {
    return tell_word(to_valid_utf8(message.parameter(1)), at);
  }
  if (message.source.empty() || message.count < 2) return;
  ChatLine line = line_of(message, at);
  std::string room(is_room(to) || line.own ? to : name_in(message.source));
  tell_said(message, std::move(room), std::move(line));
}

void IrcLink::tell_said(const IrcMessage& message, std::string room, ChatLine line) {
  if (!message.tags.empty() && !batches_.empty()) {
    const auto batch = batches_.find(irc_tag(message.tags, "batch").value_or(""));
    const bool of_past = batch != batches_.end() && (batch->second.type == "chathistory" ||
                                                     batch->second.type == "soju.im/search");
    if (of_past) {
      auto& lines = batch->second.lines;
      if (lines.size() < k_most_batch_lines) lines.push_back(std::move(line));
      return;
    }
  }
  const WallTime at = line.at;
  const bool own = line.own;
  tell({.kind = ChatEvent::Kind::said,
        .at = at,
        .room = std::move(room),
        .own = own,
        .line = std::move(line)});
}

void IrcLink::hear_batch(const IrcMessage& message, WallTime at) {
  const std::string_view name = message.parameter(0);
  if (name.size() < 2) return;
  const std::string key(name.substr(1));
  if (name.front() == '-') return end_batch(key, at);
  if (name.front() != '+' || batches_.size() >= k_most_batches) return;
  batches_.insert_or_assign(key, Batch{.type = std::string(message.parameter(1)),
                                       .room = to_valid_utf8(message.parameter(2))});
}

void IrcLink::end_batch(const std::string& name, WallTime at) {
  const auto found = batches_.find(name);
  if (found == batches_.end()) return;
  Batch batch = std::move(found->second);
  batches_.erase(found);
  if (batch.type == "chathistory") {
    tell({.kind = ChatEvent::Kind::history,
          .at = at,
          .room = std::move(batch.room),
          .lines = std::move(batch.lines)});
  }
  if (batch.type != "soju.im/search") return;
  if (batch.lines.empty()) return tell_word("nothing was found", at);
  for (const ChatLine& line : batch.lines) {
    tell_word(fmt::format("{:.16} [{}] {}", rfc3339(line.at), line.from, line.text), at);
  }
}

// --- who comes and goes --------------------------------------------------------------------------

void IrcLink::hear_join(const IrcMessage& message, WallTime at) {
  const std::string_view from = name_in(message.source);
  const std::string room = to_valid_utf8(message.parameter(0));
  if (from.empty() || room.empty()) return;
  tell({.kind = ChatEvent::Kind::joined,
        .at = at,
        .room = room,
        .from = to_valid_utf8(from),
        .own = is_own(from)});
  if (is_own(from) && options_.history > 0 && has("draft/chathistory")) {
    ask_latest(room, options_.history);
  }
}

void IrcLink::hear_part(const IrcMessage& message, WallTime at) {
  const std::string_view from = name_in(message.source);
  tell({.kind = ChatEvent::Kind::parted,
        .at = at,
        .room = to_valid_utf8(message.parameter(0)),
        .from = to_valid_utf8(from),
        .text = to_valid_utf8(message.parameter(1)),
        .own = is_own(from)});
}

void IrcLink::hear_quit(const IrcMessage& message, WallTime at) {
  const std::string_view from = name_in(message.source);
  tell({.kind = ChatEvent::Kind::quit,
        .at = at,
        .from = to_valid_utf8(from),
        .text = to_valid_utf8(message.parameter(0)),
        .own = is_own(from)});
}

void IrcLink::hear_kick(const IrcMessage& message, WallTime at) {
  tell({.kind = ChatEvent::Kind::kicked,
        .at = at,
        .room = to_valid_utf8(message.parameter(0)),
        .from = to_valid_utf8(name_in(message.source)),
        .target = to_valid_utf8(message.parameter(1)),
        .text = to_valid_utf8(message.parameter(2)),
        .own = is_own(message.parameter(1))});
}

void IrcLink::hear_nick(const IrcMessage& message, WallTime at) {
  const std::string_view from = name_in(message.source);
  const bool own = is_own(from);
  if (message.parameter(0).empty()) return;
  if (own) own_name_ = to_valid_utf8(message.parameter(0));
  tell({.kind = ChatEvent::Kind::renamed,
        .at = at,
        .from = to_valid_utf8(from),
        .target = to_valid_utf8(message.parameter(0)),
        .own = own});
}

void IrcLink::hear_topic(const IrcMessage& message, WallTime at) {
  const std::string_view from = name_in(message.source);
  tell({.kind = ChatEvent::Kind::topic,
        .at = at,
        .room = to_valid_utf8(message.parameter(0)),
        .from = to_valid_utf8(from),
        .text = to_valid_utf8(message.parameter(1)),
        .own = is_own(from)});
}

void IrcLink::hear_mode(const IrcMessage& message, WallTime at) {
  if (!is_room(message.parameter(0))) return;
  const std::string room = to_valid_utf8(message.parameter(0));
  bool set = true;
  std::size_t argument = 2;
  for (const char letter : message.parameter(1)) {
    if (letter == '+' || letter == '-') {
      set = letter == '+';
      continue;
    }
    const std::size_t rank = rank_letters_.find(letter);
    if (rank != std::string::npos && rank < rank_signs_.size()) {
      tell({.kind = ChatEvent::Kind::ranked,
            .at = at,
            .room = room,
            .from = to_valid_utf8(name_in(message.source)),
            .target = to_valid_utf8(message.parameter(argument++)),
            .text = std::string(1, rank_signs_[rank]),
            .own = set});
    } else if (argument_modes_.find(letter) != std::string::npos ||
               (set && set_argument_modes_.find(letter) != std::string::npos)) {
      ++argument;
    }
  }
  std::string words;
  for (std::size_t i = 1; i < message.count; ++i) {
    words.append(words.empty() ? "" : " ").append(message.parameter(i));
  }
  tell_word(to_valid_utf8(fmt::format("{} has set the modes {}", name_in(message.source), words)),
            at, room);
}

void IrcLink::hear_invite(const IrcMessage& message, WallTime at) {
  tell_word(to_valid_utf8(fmt::format("{} invites {} to {}", name_in(message.source),
                                      message.parameter(0), message.parameter(1))),
            at);
}

void IrcLink::hear_error(const IrcMessage& message, WallTime at) {
  refuse(to_valid_utf8(message.parameter(0)), at);
}

// FAIL COMMAND CODE [context…] :why, as IRCv3 standard replies have it.
void IrcLink::hear_fail(const IrcMessage& message, WallTime at) {
  if (message.count < 2) return;
  refuse(to_valid_utf8(
             fmt::format("{}: {}", message.parameter(0), message.parameter(message.count - 1))),
         at);
}

}  // namespace patchbay::chat_client
