#include "patchbay/tools/chat_client/chat_feed.hpp"

#include <fmt/format.h>

#include <utility>

#include "patchbay/net/event.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/tools/chat_client/chat_text.hpp"
#include "patchbay/tools/chat_client/chat_wish.hpp"

namespace patchbay::chat_client {

namespace {

constexpr std::size_t k_lines_at_once = 16;
constexpr std::size_t k_piece_bytes = 4096;

}  // namespace

Task<Result<>> ChatFeed::run(Stream& input) {
  for (;;) {
    const auto piece = co_await input.receive();
    if (!piece) co_return piece.error();
    if (piece->empty()) break;
    if (const auto taken = co_await take(piece->text()); !taken) co_return taken;
  }
  if (!beginning_.empty()) {
    if (const auto taken = co_await take("\n"); !taken) co_return taken;
  }
  if (!session_.was_welcomed()) {
    if (const auto ready = co_await session_.ready(); !ready) co_return ready;
  }
  session_.leave("");
  Event never;
  co_return co_await never.wait();
}

Task<Result<>> ChatFeed::take(std::string_view piece) {
  std::vector<std::string> lines;
  while (!piece.empty()) {
    const std::size_t end = piece.find('\n');
    beginning_ += piece.substr(0, end);
    piece.remove_prefix(end == std::string_view::npos ? piece.size() : end + 1);
    // A line without an end is said in parts.
    if (end == std::string_view::npos && beginning_.size() < k_piece_bytes) break;
    if (beginning_.ends_with('\r')) beginning_.pop_back();
    lines.push_back(std::exchange(beginning_, {}));
    if (lines.size() < k_lines_at_once) continue;
    if (const auto said = co_await say(std::exchange(lines, {})); !said) co_return said;
  }
  if (lines.empty()) co_return ok();
  co_return co_await say(std::move(lines));
}

Task<Result<>> ChatFeed::say(std::vector<std::string> lines) {
  for (;;) {
    if (const auto ready = co_await session_.ready(); !ready) co_return ready;
    for (const std::string& line : lines) {
      if (options_.commands) {
        obey(line);
      } else {
        session_.wish(say_in(options_.room, line));
      }
    }
    if (options_.commands) co_return ok();
    if (co_await session_.fence(Deadline::after(options_.patience))) co_return ok();
    if (session_.online()) {
      out_.warn("the server does not tell whether it has dealt with what was said");
      co_return ok();
    }
  }
}

void ChatFeed::obey(std::string_view line) {
  const auto wish = read_wish(line, model_.current().name);
  if (!wish) {
    out_.note(fmt::format("[!] {}{}{}", wish.error().what, wish.error().remedy.empty() ? "" : ": ",
                          wish.error().remedy));
    return;
  }
  if (wish->kind == ChatWish::Kind::help) return help();
  if (wish->kind == ChatWish::Kind::message) model_.open(wish->target);
  const bool goes_back = wish->kind == ChatWish::Kind::join && model_.find(wish->room) != nullptr;
  if (goes_back) model_.open(wish->room);
  session_.wish(*wish);
}

void ChatFeed::help() {
  for (const ChatCommand& command : chat_commands()) {
    out_.note(in_columns(fmt::format("    /{} {}", command.name, command.arguments), 28) +
              std::string(command.about));
  }
}

}  // namespace patchbay::chat_client
