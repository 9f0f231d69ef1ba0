#include "patchbay/tools/chat/room/chat_chunk.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace patchbay {

namespace {

thread_local std::size_t t_all_bytes = 0;

}  // namespace

ChatChunk* ChatChunk::make(std::size_t capacity) {
  void* const memory = ::operator new(sizeof(ChatChunk) + capacity);
  t_all_bytes += sizeof(ChatChunk) + capacity;
  return new (memory) ChatChunk(static_cast<std::uint32_t>(capacity));
}

std::size_t ChatChunk::all_bytes() { return t_all_bytes; }

void ChatChunk::append(std::string_view bytes) {
  std::memcpy(reinterpret_cast<char*>(this + 1) + used_, bytes.data(), bytes.size());
  used_ += static_cast<std::uint32_t>(bytes.size());
}

// With those behind it that nobody else keeps: one after the other, since a chain may be long.
void ChatChunk::release(ChatChunk* chunk) {
  while (chunk != nullptr) {
    ChatChunk* const next = chunk->next_;
    t_all_bytes -= sizeof(ChatChunk) + chunk->capacity_;
    chunk->~ChatChunk();
    ::operator delete(chunk);
    chunk = next != nullptr && --next->references_ == 0 ? next : nullptr;
  }
}

ChatLog::ChatLog(std::size_t chunk_bytes)
    : chunk_bytes_(chunk_bytes), last_(ChatChunk::make(chunk_bytes)) {}

// What is said once lies in one chunk, so that it can be taken out as one piece.
void ChatLog::append(std::string_view bytes) {
  if (last_->room() < bytes.size()) {
    ChatChunkRef next(ChatChunk::make(std::max(chunk_bytes_, bytes.size())));
    next->position_ = end_position();
    last_->next_ = next.get();
    ++next->references_;
    last_ = std::move(next);
  }
  last_->append(bytes);
}

std::string_view ChatLog::next(ChatCursor& cursor) {
  while (cursor.offset == cursor.chunk->used() && cursor.chunk->next_ != nullptr) {
    cursor = {ChatChunkRef(cursor.chunk->next_), 0};
  }
  return cursor.chunk->text(cursor.offset, cursor.chunk->used());
}

}  // namespace patchbay
