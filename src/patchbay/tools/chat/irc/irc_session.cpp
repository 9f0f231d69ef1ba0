#include "patchbay/tools/chat/irc/irc_session.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/chat/irc/irc_commands.hpp"
#include "patchbay/tools/chat/irc/irc_face.hpp"
#include "patchbay/tools/chat/irc/irc_registration.hpp"
#include "patchbay/tools/chat/irc/irc_sasl.hpp"
#include "patchbay/tools/chat/irc/irc_targets.hpp"

namespace patchbay {

namespace {

constexpr std::uint32_t k_framing_bits = irc::text_frames | irc::binary_frames;
constexpr std::size_t k_label_bytes = 64;

// What stands before the command's line proper: "@…; " with its blank.
std::size_t length_of_tags(std::string_view line) {
  if (!line.starts_with('@')) return 0;
  const std::size_t blank = line.find(' ');
  return blank == line.npos ? line.size() : blank + 1;
}

// The line's own end takes two bytes more.
bool is_too_long(std::string_view line) {
  const std::size_t tags = length_of_tags(line);
  return tags > k_irc_client_tag_bytes || line.size() - tags > k_irc_line_bytes - 2;
}

// What stands between other parameters. It may be what the client wrote at the end of a line.
std::string_view word_of(std::string_view text) {
  const bool is_word = !text.empty() && text.front() != ':' && text.find(' ') == text.npos;
  return is_word ? text : "*";
}

// What a client is told of its own doings: of some by a numeric, or by the end of its connection.
bool is_told_to_whoever_did_it(const ChatEvent& event, const IrcSession& session) {
  switch (event.kind) {
    case ChatEvent::Kind::said: return session.has(irc::echo_message);
    case ChatEvent::Kind::quit:
    case ChatEvent::Kind::away:
    case ChatEvent::Kind::invited:
    case ChatEvent::Kind::appeared:
    case ChatEvent::Kind::vanished: return false;
    default: return true;
  }
}

}  // namespace

// A command that is being done, and how its answer is told from all else that the client is sent
// (labeled-response of IRCv3): by a tag where it is one line, by a batch where there are more.
struct IrcSession::Work {
  std::string label = {};  // escaped; empty: there is none, or it has been written
  std::string held = {};   // the first line, until it is known whether there is another
  std::size_t lines = 0;   // of a labeled answer
  std::string outer = {};  // the batch of the whole answer
  std::string inner = {};  // the batch that was begun with begin_batch()
};

IrcSession::IrcSession(IrcServer& shared, Stream* stream, std::uint32_t framing)
    : ChatUser(shared.hub, ChatVariant{.face = &irc_face(), .bits = framing}, stream),
      server(shared),
      newcomer(std::make_unique<IrcNewcomer>()) {}

IrcSession::~IrcSession() = default;

void IrcSession::arrive(const Endpoint& from, bool secure) {
  const ChatSettings& settings = hub().settings();
  peer = from;
  is_secure = secure || from.address().is_loopback();
  source.host = server.doorkeeper.host_of(from.address(), settings.shows_addresses);
  since = irc_now();
  flood = irc_flood_for(from, settings.limits);
}

// --- what comes ----------------------------------------------------------------------------------

Task<> IrcSession::take(std::string_view line) {
  if (over_) co_return;
  if (is_too_long(line)) {
    refuse_long_line();
    co_return;
  }
  if (!is_valid_utf8(line)) {
    reply_standard("FAIL", "*", "INVALID_UTF8", {}, "This server takes nothing but UTF-8");
    co_return;
  }
  const auto message = parse_irc(line);
  if (!message) co_return;  // an empty line is none; nor is one with a NUL or a CR in it

  Work work;
  if (has(irc::labeled_response) && has(irc::batch)) {
    const auto label = irc_tag(message->tags, "label");
    if (label && label->size() <= k_label_bytes) append_irc_tag_value(work.label, *label);
  }
  work_ = &work;
  co_await carry_out(*message);
  if (!work.outer.empty()) {
    work_ = nullptr;
    write(fmt::format(":{} BATCH -{}", hub().self().name, work.outer), {});
  } else if (!work.label.empty()) {
    const bool is_answered = work.lines > 0;
    write(is_answered ? work.held : fmt::format(":{} ACK", hub().self().name),
          "label=" + work.label);
  }
  work_ = nullptr;
}

Task<> IrcSession::carry_out(const IrcMessage& message) {
  const IrcCommand* const command = find_irc_command(message.command);
  const ChatLimits& limits = hub().settings().limits;
  const Instant now = Loop::current().now();
  if (command == nullptr || command->cost) {
    flood.spend(command == nullptr ? ChatCost::command : *command->cost, limits, now);
  }
  if (flood.is_hopeless(limits, now)) {
    end("Excess flood");
    co_return;
  }
  if (!is_registered && (command == nullptr || !command->before_registration)) {
    reply(451, {"Say who you are first: NICK and USER"});
    co_return;
  }
  if (command == nullptr) {
    reply(421, {message.command, "There is no such command"});
    co_return;
  }
  if (message.count < command->least_parameters) {
    reply(461, {command->name, "There is something missing behind the command"});
    co_return;
  }
  if (command->wait != nullptr) {
    co_await command->wait(*this, message);
  } else {
    command->run(*this, message);
  }
}

void IrcSession::refuse_long_line() {
  flood.spend(ChatCost::command, hub().settings().limits, Loop::current().now());
  reply(417, {"The line is too long"});
}

// --- what is answered ----------------------------------------------------------------------------

std::string_view IrcSession::addressee() const {
  return has_entered() ? std::string_view(source.name) : "*";
}

void IrcSession::reply(int number, std::initializer_list<std::string_view> parameters) {
  std::string line = fmt::format(":{} {:03} {}", hub().self().name, number, addressee());
  for (const std::string_view& parameter : parameters) {
    const bool is_last = &parameter == parameters.end() - 1;
    (line += is_last ? " :" : " ") += is_last ? parameter : word_of(parameter);
  }
  reply_line(line);
}

void IrcSession::reply_line(std::string_view line) { emit(line); }

void IrcSession::reply_standard(std::string_view kind, std::string_view command,
                                std::string_view code,
                                std::initializer_list<std::string_view> context,
                                std::string_view text) {
  std::string line = fmt::format(":{} {} {} {}", hub().self().name, kind, command, code);
  for (const std::string_view& word : context) (line += ' ') += word_of(word);
  reply_line((line += " :") += text);
}

std::string IrcSession::begin_batch(std::string_view type, std::string_view parameters) {
  if (work_ == nullptr || !has(irc::batch)) return {};
  Work& work = *work_;
  std::string name = next_batch_name();
  std::string line = fmt::format(":{} BATCH +{} {}", hub().self().name, name, type);
  if (!parameters.empty()) (line += ' ') += parameters;
  if (!work.label.empty() && work.lines == 0) {
    write(line, "label=" + std::exchange(work.label, {}));
  } else {
    emit(line);
  }
  return work.inner = std::move(name);
}

void IrcSession::end_batch() {
  if (work_ == nullptr || work_->inner.empty()) return;
  const std::string name = std::exchange(work_->inner, {});
  emit(fmt::format(":{} BATCH -{}", hub().self().name, name));
}

void IrcSession::echo(const ChatEvent& event) {
  if (over_ || !is_told_to_whoever_did_it(event, *this)) return;
  std::string text;
  irc_face().render(event, variant.bits & ~k_framing_bits, text);
  for (std::string_view rest = text; !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find("\r\n"));
    rest.remove_prefix(std::min(line.size() + 2, rest.size()));
    emit(line);
  }
}

// What the command in work has to say, or whoever is woken by it.
void IrcSession::emit(std::string_view line) {
  if (work_ == nullptr) return write(line, {});
  Work& work = *work_;
  if (!work.inner.empty()) return write(line, "batch=" + work.inner);
  if (work.label.empty() && work.outer.empty()) return write(line, {});
  if (++work.lines == 1) {
    work.held = line;
    return;
  }
  if (work.outer.empty()) {
    work.outer = next_batch_name();
    write(fmt::format(":{} BATCH +{} labeled-response", hub().self().name, work.outer),
          "label=" + std::exchange(work.label, {}));
    write(std::exchange(work.held, {}), "batch=" + work.outer);
  }
  write(line, "batch=" + work.outer);
}

void IrcSession::write(std::string_view line, std::string_view tag) {
  std::string out;
  out.reserve(line.size() + tag.size() + 16);
  if (!tag.empty()) {
    const bool has_tags = line.starts_with('@');
    ((out += '@') += tag) += has_tags ? ';' : ' ';
    if (has_tags) line.remove_prefix(1);
  }
  out += line;
  finish_irc_line(out, 0, variant.bits);
  send(out);
}

// --- what it is ----------------------------------------------------------------------------------

void IrcSession::set_capabilities(std::uint32_t bits) {
  capabilities = bits;
  const std::uint32_t written = (bits & irc::k_variant_bits) | (variant.bits & k_framing_bits);
  if (written == variant.bits) return;
  const ChatVariant wanted{.face = variant.face, .bits = written};
  if (has_entered()) {
    hub().set_variant(*this, wanted);
  } else {
    variant = wanted;
  }
}

void IrcSession::end(std::string reason) {
  if (over_) return;
  over_ = true;
  farewell_ = std::move(reason);
  if (reader != nullptr) reader->wake();
}

void IrcSession::leave(std::string_view reason) {
  end(std::string(reason));
  hub().leave(*this, farewell_);
  is_registered = false;
}

std::string IrcSession::last_words() const {
  std::string line = fmt::format("ERROR :Closing link: {} ({})", source.host, farewell_);
  finish_irc_line(line, 0, variant.bits);
  return line;
}

}  // namespace patchbay
