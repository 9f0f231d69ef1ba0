#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/chat/chat_cli.hpp"
#include "patchbay/tools/chat/chat_moment.hpp"
#include "patchbay/tools/chat/history/chat_pages.hpp"
#include "patchbay/tools/chat/text/chat_name.hpp"
#include "patchbay/tools/chat/text/chat_text.hpp"
#include "patchbay/tools/output.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_page = 1000;
constexpr std::size_t k_last = 100;  // messages, where nothing says which ones
constexpr std::size_t k_most_found = 10'000;

struct LogFlags {
  std::string room;
  std::string db;
  std::optional<std::string> since;
  std::optional<std::string> until;
  std::optional<std::string> search;
  std::optional<std::size_t> last;
};

struct LogQuestion {
  std::string key;
  std::optional<WallTime> since;  // itself included
  std::optional<WallTime> until;  // left out
};

std::string_view name_of(ChatTone tone) {
  switch (tone) {
    case ChatTone::message: return "message";
    case ChatTone::notice: return "notice";
    case ChatTone::action: return "action";
    case ChatTone::tags: return "tags";
  }
  return "message";
}

// What is said comes from strangers, and so do their names.
std::string line_of(const ChatMessage& message, const Output& out) {
  const std::string name = escape_terminal(message.from.name);
  const std::string text = escape_terminal(plain_chat_text(message.text));
  const std::string time = rfc3339(message.at);  // 2026-03-01T12:00:00.000000Z
  const std::string when = out.style(Tone::dim, time.substr(0, 10) + ' ' + time.substr(11, 8));
  switch (message.tone) {
    case ChatTone::action: return fmt::format("{} * {} {}", when, name, text);
    case ChatTone::notice: return fmt::format("{} -{}- {}", when, name, text);
    default: return fmt::format("{} [{}] {}", when, name, text);
  }
}

void print(const ChatMessage& message, Output& out) {
  Record record("message");
  record.at("ts", message.at)
      .text("id", chat_message_id(message.id))
      .count("sequence", message.sequence)
      .text("room", message.to)
      .text("from", message.from.name)
      .text("account", message.from.account)
      .text("tone", name_of(message.tone))
      .text("text", message.text);
  if (!message.tags.empty()) record.text("tags", message.tags);
  out.emit(record, line_of(message, out));
}

int print_all(const std::vector<ChatMessage>& messages, Output& out) {
  for (const ChatMessage& message : messages) print(message, out);
  out.totals().count("messages", messages.size());
  return exit_ok;
}

ChatPoint point_at(WallTime time) { return {.id = {}, .at = time}; }

// A page at a time: a history is longer than memory.
int print_forward(ChatPages& pages, const LogQuestion& question, Output& out) {
  ChatPoint from = point_at(question.since.value_or(WallTime()) - std::chrono::microseconds(1));
  std::size_t printed = 0;
  while (!out.gone()) {
    const auto page = pages.read({.key = question.key,
                                  .way = ChatHistoryQuery::Way::after,
                                  .from = from,
                                  .to = {},
                                  .limit = k_page});
    if (!page) return out.fail(page.error());
    for (const ChatMessage& message : *page) {
      if (question.until && message.at >= *question.until) continue;
      print(message, out);
      ++printed;
    }
    if (page->size() < k_page || (question.until && page->back().at >= *question.until)) break;
    from = {.id = page->back().id, .at = page->back().at};
  }
  out.totals().count("messages", printed);
  return exit_ok;
}

int print_last(ChatPages& pages, const LogQuestion& question, std::size_t limit, Output& out) {
  using Way = ChatHistoryQuery::Way;
  std::vector<ChatMessage> messages;
  std::optional<ChatPoint> end;
  if (question.until) end = point_at(*question.until);
  while (messages.size() < limit) {
    auto page = pages.read({.key = question.key,
                            .way = end ? Way::before : Way::latest,
                            .from = end,
                            .to = {},
                            .limit = std::min(limit - messages.size(), k_page)});
    if (!page) return out.fail(page.error());
    if (page->empty()) break;
    end = ChatPoint{.id = page->front().id, .at = page->front().at};
    std::ranges::move(messages, std::back_inserter(*page));
    messages = std::move(*page);
  }
  if (question.since) {
    std::erase_if(messages, [&](const ChatMessage& each) { return each.at < *question.since; });
  }
  return print_all(messages, out);
}

int print_found(ChatPages& pages, const LogQuestion& question, const LogFlags& flags, Output& out) {
  ChatSearch search = {.text = *flags.search, .keys = {question.key}};
  search.before = question.until;
  if (question.since) search.after = *question.since - std::chrono::microseconds(1);
  search.limit = std::min(flags.last.value_or(k_most_found), k_most_found);
  const auto found = pages.search(search);
  if (!found) return out.fail(found.error());
  if (found->size() == k_most_found) {
    out.warn("these are the last 10,000; --until goes further back");
  }
  return print_all(*found, out);
}

// Where the flag is given, its moment.
Result<std::optional<WallTime>> moment(const std::optional<std::string>& word, WallTime now) {
  if (!word) return std::optional<WallTime>();
  const auto parsed = parse_moment(*word, now);
  if (!parsed) return parsed.error();
  return std::optional(*parsed);
}

int run_log(const LogFlags& flags, Output& out) {
  const std::string room = flags.room.starts_with('#') ? flags.room : '#' + flags.room;
  const auto since = moment(flags.since, out.wall_time());
  if (!since) return out.fail(Failure(since.error()), exit_usage);
  const auto until = moment(flags.until, out.wall_time());
  if (!until) return out.fail(Failure(until.error()), exit_usage);

  auto pages = ChatPages::open(flags.db);
  if (!pages) return out.fail(pages.error());
  const LogQuestion question = {.key = fold_chat_name(room), .since = *since, .until = *until};
  const auto is_known = pages->knows(question.key);
  if (!is_known) return out.fail(is_known.error());
  if (!*is_known) {
    return out.fail(
        Failure(fmt::format("there is no room {}", escape_terminal(room)),
                fmt::format("nothing was ever said in it in {}", escape_terminal(flags.db)), {}));
  }
  if (flags.search) return print_found(*pages, question, flags, out);
  if (flags.last) return print_last(*pages, question, *flags.last, out);
  if (!flags.since && !flags.until) return print_last(*pages, question, k_last, out);
  return print_forward(*pages, question, out);
}

}  // namespace

void declare_chat_log(Command& chat) {
  auto [log, o] = chat.add("log", "what was said in a room", run_log);
  log.argument("ROOM", text(o.room), "lobby or '#lobby'");
  log.flag("--db FILE", file(o.db), "the file that `chat serve --db` writes").required();
  log.flag("--since TIME", text(o.since), "from then on: 1h, 2d, 2026-03-01, '2026-03-01 14:30'");
  log.flag("--until TIME", text(o.until), "up to then, likewise");
  log.flag("--search TEXT", text(o.search), "only what has all these words");
  log.flag("--last N", count(o.last, 1, 1'000'000), "the last N of them").not_a_setting();
  log.example("patchbay chat log lobby --db chat.db", "the last 100 messages");
  log.example("patchbay chat log lobby --db chat.db --since 1h --json", "the last hour, as JSON");
  log.example("patchbay chat log lobby --db chat.db --search 'vlan 42' --last 20",
              "the last 20 that have both words");
  log.describe(
      "Prints the history of a room, the oldest message first, also while a server writes it. "
      "Without any of the flags that say which, the last 100.\n\n"
      "Dates are UTC unless they name a zone. A search finds whole words, whatever their case and "
      "accents; what has dots or dashes in it, such as 192.0.2.1, is found in that order. It ends "
      "with the last 10,000.\n\n"
      "Names and texts come from strangers: whatever a terminal would act on is escaped.");
}

}  // namespace patchbay
