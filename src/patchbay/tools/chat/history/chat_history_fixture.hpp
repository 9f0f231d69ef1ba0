// For tests: messages by the number, and a history in a folder of one's own.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "patchbay/store/database_fixture.hpp"
#include "patchbay/tools/chat/history/chat_pages.hpp"
#include "patchbay/tools/chat/history/chat_shelf.hpp"

namespace patchbay {

// Message n was said n seconds after this.
inline constexpr WallTime k_first_day{std::chrono::microseconds(1'577'836'800'000'000)};

inline WallTime second(std::uint64_t n) { return k_first_day + std::chrono::seconds(n); }

struct Said {
  std::string key = "#lobby";
  std::string text = {};
  std::string from = "ann";
  std::string to = {};         // the key, where it is empty
  std::uint64_t sequence = 0;  // the number, where it is 0
};

inline SharedChatMessage said(std::uint64_t n, const Said& how = {}) {
  return std::make_shared<const ChatMessage>(
      ChatMessage{.id = 1000 + n,
                  .sequence = how.sequence == 0 ? n : how.sequence,
                  .key = how.key,
                  .to = how.to.empty() ? how.key : how.to,
                  .at = second(n),
                  .tone = ChatTone::message,
                  .from = {.name = how.from, .user = "user", .host = "192.0.2.1", .account = {}},
                  .text = how.text.empty() ? fmt::format("message {}", n) : how.text,
                  .tags = {}});
}

// Messages first to last of #lobby.
inline std::vector<SharedChatMessage> said_from(std::uint64_t first, std::uint64_t last,
                                                const Said& how = {}) {
  std::vector<SharedChatMessage> messages;
  for (std::uint64_t n = first; n <= last; ++n) messages.push_back(said(n, how));
  return messages;
}

// "1 2 3": which they are.
inline std::string numbers(const Result<std::vector<ChatMessage>>& messages) {
  if (!messages) return messages.error().describe();
  std::string text;
  for (const ChatMessage& message : *messages) {
    if (!text.empty()) text += ' ';
    text += fmt::format("{}", message.id - 1000);
  }
  return text;
}

class ChatHistoryTest : public testing::Test {
 protected:
  ChatShelf shelf() const {
    auto opened = ChatShelf::open(folder_.path());
    EXPECT_TRUE(opened) << opened.error().describe();
    return std::move(*opened);
  }
  ChatPages pages() const {
    auto opened = ChatPages::open(folder_.path());
    EXPECT_TRUE(opened) << opened.error().describe();
    return std::move(*opened);
  }
  std::string all_in(const std::string& key) const {
    auto pages = this->pages();
    return numbers(pages.read({.key = key, .limit = 10'000}));
  }
  std::string path() const { return folder_.path(); }

  DatabaseFolder folder_;
};

}  // namespace patchbay
