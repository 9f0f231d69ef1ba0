#include "patchbay/tools/chat/room/chat_outlet.hpp"

#include <algorithm>
#include <utility>

namespace patchbay {

namespace {

// Several answers to one command share a chunk.
constexpr std::size_t k_own_chunk_bytes = 256;

}  // namespace

void ChatOutlet::add(std::string_view text) {
  if (text.empty()) return;
  waiting_bytes_ += text.size();
  if (first_ < pieces_.size()) {
    ChatPiece& last = pieces_.back();
    if (last.is_own && last.chunk->room() >= text.size()) {
      last.chunk->append(text);
      last.to = last.chunk->used();
      return;
    }
  }
  ChatChunkRef chunk(ChatChunk::make(std::max(k_own_chunk_bytes, text.size())));
  chunk->append(text);
  const std::uint32_t end = chunk->used();
  pieces_.push_back({.chunk = std::move(chunk), .from = 0, .to = end, .is_own = true});
}

void ChatOutlet::add(ChatPiece piece) {
  waiting_bytes_ += piece.size();
  pieces_.push_back(std::move(piece));
}

}  // namespace patchbay
