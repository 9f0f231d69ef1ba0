#include "patchbay/tools/chat/irc/irc_face.hpp"

#include <array>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/irc/irc_mode_letters.hpp"
#include "patchbay/tools/chat/irc/irc_time.hpp"
#include "patchbay/wire/irc_message.hpp"
#include "patchbay/wire/websocket_frame.hpp"

namespace patchbay {

namespace {

// Without its end.
constexpr std::size_t k_most_line = k_irc_line_bytes - 2;

bool wants(std::uint32_t bits, std::uint32_t capability) { return (bits & capability) != 0; }

void append_tags(std::string& out, const ChatEvent& event, std::uint32_t bits) {
  const std::size_t begin = out.size();
  const auto begin_tag = [&](std::string_view text) {
    out += out.size() == begin ? '@' : ';';
    out += text;
  };
  if (wants(bits, irc::server_time)) {
    begin_tag("time=");
    append_irc_time(out, event.at);
  }
  if (wants(bits, irc::message_tags) && event.id != 0) {
    begin_tag("msgid=");
    out += chat_message_id(event.id);
  }
  if (wants(bits, irc::account_tag) && !event.from.account.empty()) {
    begin_tag("account=");
    append_irc_tag_value(out, event.from.account);
  }
  if (wants(bits, irc::message_tags) && event.message != nullptr && !event.message->tags.empty()) {
    begin_tag(event.message->tags);
  }
  if (out.size() != begin) out += ' ';
}

void append_source(std::string& out, const ChatSource& from) {
  (out += ':') += from.name;
  if (!from.user.empty()) (out += '!') += from.user;
  if (!from.host.empty()) (out += '@') += from.host;
}

// One line of an event, from its tags to its end.
class EventLine {
 public:
  EventLine(std::string& out, const ChatEvent& event, std::uint32_t bits)
      : out_(out), bits_(bits), begin_(out.size()) {
    append_tags(out, event, bits);
    behind_tags_ = out.size();
  }

  EventLine& from(const ChatSource& source) {
    append_source(out_, source);
    return *this;
  }
  EventLine& server(std::string_view name) {
    (out_ += ':') += name;
    return *this;
  }
  EventLine& word(std::string_view text) {
    if (out_.size() != behind_tags_) out_ += ' ';
    out_ += text;
    return *this;
  }
  // To all of a room, to a user, or as "@#room" to those who have a rank (STATUSMSG).
  EventLine& target(const ChatMessage& message) {
    const auto voice = static_cast<std::uint8_t>(ChatRank::voice);
    word(message.to_ranks == 0 ? "" : (message.to_ranks & voice) != 0 ? "+" : "@");
    out_ += message.to;
    return *this;
  }
  // The last parameter, whatever is in it.
  EventLine& text(std::string_view text) {
    (out_ += " :") += text;
    return *this;
  }
  // How much may still be in this line.
  std::size_t room() const {
    const std::size_t used = out_.size() - behind_tags_;
    return used < k_most_line ? k_most_line - used : 0;
  }
  void end() { finish_irc_line(out_, begin_, bits_); }

 private:
  std::string& out_;
  std::uint32_t bits_;
  std::size_t begin_;
  std::size_t behind_tags_;
};

void render_said(const ChatEvent& event, std::uint32_t bits, std::string& out) {
  const ChatMessage& message = *event.message;
  if (message.tone == ChatTone::tags) {
    if (!wants(bits, irc::message_tags)) return;
    EventLine(out, event, bits).from(event.from).word("TAGMSG").target(message).end();
    return;
  }
  EventLine line(out, event, bits);
  line.from(event.from).word(message.tone == ChatTone::notice ? "NOTICE" : "PRIVMSG");
  line.target(message);
  if (message.tone != ChatTone::action) {
    line.text(message.text).end();
    return;
  }
  // The end of an action may not be cut off.
  line.text(
      "\x01"
      "ACTION ");
  out += utf8_prefix(message.text, line.room() - 1);
  out += '\x01';
  line.end();
}

void render_joined(const ChatEvent& event, std::uint32_t bits, std::string& out) {
  EventLine line(out, event, bits);
  line.from(event.from).word("JOIN").word(event.room);
  if (wants(bits, irc::extended_join)) {
    line.word(event.from.account.empty() ? "*" : event.from.account).text(event.text);
  }
  line.end();
}

// As many changes as go into one line; returns how many these are.
std::size_t render_mode_line(const ChatEvent& event, std::span<const ChatModeChange> changes,
                             std::uint32_t bits, std::string& out) {
  EventLine line(out, event, bits);
  line.from(event.from).word("MODE").word(event.room);
  std::string letters;
  std::string arguments;
  std::size_t count = 0;
  char sign = 0;
  for (const ChatModeChange& change : changes) {
    const std::size_t more = 2 + (change.argument.empty() ? 0 : 1 + change.argument.size());
    const std::size_t used = 1 + letters.size() + arguments.size();
    if (count == k_irc_modes || (count > 0 && used + more > line.room())) break;
    if (const char wanted = change.set ? '+' : '-'; wanted != sign) {
      letters += wanted;
      sign = wanted;
    }
    letters += irc_letter_of(change.mode);
    if (!change.argument.empty()) (arguments += ' ') += change.argument;
    ++count;
  }
  line.word(letters);
  out += arguments;
  line.end();
  return count;
}

void render_modes(ChatEvent event, std::uint32_t bits, std::string& out) {
  std::span<const ChatModeChange> changes = event.changes;
  while (!changes.empty()) {
    changes = changes.subspan(render_mode_line(event, changes, bits, out));
    event.id = 0;  // no two lines are called by the same
  }
}

void render_host(const ChatEvent& event, std::uint32_t bits, std::string& out) {
  if (!wants(bits, irc::chghost)) return;
  EventLine(out, event, bits).from(event.from).word("CHGHOST").word(event.text).end();
}

// RPL_MONONLINE and RPL_MONOFFLINE; they may be addressed to '*' (monitor, 730), so that they are
// the same for all who watch.
void render_watched(const ChatEvent& event, std::uint32_t bits, std::string& out) {
  const bool has_come = event.kind == ChatEvent::Kind::appeared;
  EventLine line(out, event, bits);
  if (!event.text.empty()) line.server(event.text);
  line.word(has_come ? "730" : "731").word(event.target.empty() ? "*" : event.target).text("");
  out += event.from.name;
  if (has_come && !event.from.user.empty()) {
    ((out += '!') += event.from.user) += '@';
    out += event.from.host;
  }
  line.end();
}

// A line with nothing but a text behind the command, which may be missing.
void render_plain(std::string_view command, std::string_view room, const ChatEvent& event,
                  std::uint32_t bits, std::string& out) {
  EventLine line(out, event, bits);
  line.from(event.from).word(command);
  if (!room.empty()) line.word(room);
  if (!event.text.empty()) line.text(event.text);
  line.end();
}

// Where in `out` the line begins that has its tags at `begin`.
std::size_t behind_tags(std::string_view out, std::size_t begin) {
  if (begin >= out.size() || out[begin] != '@') return begin;
  const std::size_t blank = out.find(' ', begin);
  return blank == out.npos ? begin : blank + 1;
}

}  // namespace

void IrcFace::render(const ChatEvent& event, std::uint32_t bits, std::string& out) const {
  using enum ChatEvent::Kind;
  switch (event.kind) {
    case said: return render_said(event, bits, out);
    case joined: return render_joined(event, bits, out);
    case parted: return render_plain("PART", event.room, event, bits, out);
    case quit:
      return EventLine(out, event, bits).from(event.from).word("QUIT").text(event.text).end();
    case kicked:
      return EventLine(out, event, bits)
          .from(event.from)
          .word("KICK")
          .word(event.room)
          .word(event.target)
          .text(event.text)
          .end();
    case renamed:
      return EventLine(out, event, bits).from(event.from).word("NICK").word(event.text).end();
    case topic:
      return EventLine(out, event, bits)
          .from(event.from)
          .word("TOPIC")
          .word(event.room)
          .text(event.text)
          .end();
    case modes: return render_modes(event, bits, out);
    case away:
      if (wants(bits, irc::away_notify)) render_plain("AWAY", {}, event, bits, out);
      return;
    case account:
      if (!wants(bits, irc::account_notify)) return;
      return EventLine(out, event, bits)
          .from(event.from)
          .word("ACCOUNT")
          .word(event.from.account.empty() ? "*" : event.from.account)
          .end();
    case host: return render_host(event, bits, out);
    case real_name:
      if (!wants(bits, irc::setname)) return;
      return EventLine(out, event, bits).from(event.from).word("SETNAME").text(event.text).end();
    case invitation:
      if (!wants(bits, irc::invite_notify)) return;
      [[fallthrough]];
    case invited:
      return EventLine(out, event, bits)
          .from(event.from)
          .word("INVITE")
          .word(event.target)
          .word(event.room)
          .end();
    case appeared:
    case vanished: return render_watched(event, bits, out);
  }
}

const IrcFace& irc_face() {
  static const IrcFace face;
  return face;
}

std::string irc_history_line(const ChatMessage& message, std::uint32_t bits) {
  const ChatEvent event{.kind = ChatEvent::Kind::said,
                        .from = message.from,
                        .id = message.id,
                        .at = message.at,
                        .room = message.to,
                        .message = &message};
  std::string line;
  irc_face().render(event, bits & ~(irc::text_frames | irc::binary_frames), line);
  if (line.ends_with("\r\n")) line.resize(line.size() - 2);
  return line;
}

void finish_irc_line(std::string& out, std::size_t begin, std::uint32_t bits) {
  const std::size_t line = behind_tags(out, begin);
  if (out.size() - line > k_most_line) {
    out.resize(line + utf8_prefix(std::string_view(out).substr(line), k_most_line).size());
  }
  if (!wants(bits, irc::text_frames | irc::binary_frames)) {
    out += "\r\n";
    return;
  }
  const bool is_text = wants(bits, irc::text_frames);
  if (is_text && !is_valid_utf8(std::string_view(out).substr(begin))) {
    const std::string valid = to_valid_utf8(std::string_view(out).substr(begin));
    out.resize(begin);
    out += valid;
  }
  std::array<std::byte, k_websocket_head_max_bytes> head;
  const std::size_t head_bytes =
      write_websocket_head({.opcode = is_text ? WebSocketOpcode::text : WebSocketOpcode::binary,
                            .payload_bytes = out.size() - begin},
                           head);
  out.insert(begin, as_text(std::span(head).first(head_bytes)));
}

}  // namespace patchbay
