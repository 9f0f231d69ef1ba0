// ChatChunk: bytes on their way to clients, shared by all who are sent them; and ChatLog: what a
// room has to say to the members of one variant. To say something costs one append, however many
// listen: each member has a cursor, and what lies behind it is still to be sent.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>

namespace patchbay {

// Reference counts are for one loop's thread.
class ChatChunk {
 public:
  static ChatChunk* make(std::size_t capacity);
  ChatChunk(const ChatChunk&) = delete;
  ChatChunk& operator=(const ChatChunk&) = delete;

  std::size_t room() const { return capacity_ - used_; }
  std::uint32_t used() const { return used_; }
  const char* data() const { return reinterpret_cast<const char*>(this + 1); }
  std::string_view text(std::uint32_t from, std::uint32_t to) const {
    return {data() + from, to - from};
  }
  // There is room for it.
  void append(std::string_view bytes);

  // What all chunks of this thread take, so that there can be a limit.
  static std::size_t all_bytes();

 private:
  friend class ChatChunkRef;
  friend class ChatLog;
  explicit ChatChunk(std::uint32_t capacity) : capacity_(capacity) {}
  ~ChatChunk() = default;
  static void release(ChatChunk* chunk);

  std::uint32_t references_ = 0;
  std::uint32_t capacity_;
  std::uint32_t used_ = 0;
  ChatChunk* next_ = nullptr;   // of a log: what was said afterwards; a reference
  std::uint64_t position_ = 0;  // of a log: where it begins in all that was ever said
};

class ChatChunkRef {
 public:
  ChatChunkRef() = default;
  explicit ChatChunkRef(ChatChunk* chunk) : chunk_(chunk) {
    if (chunk_ != nullptr) ++chunk_->references_;
  }
  ChatChunkRef(const ChatChunkRef& other) : ChatChunkRef(other.chunk_) {}
  ChatChunkRef(ChatChunkRef&& other) noexcept : chunk_(std::exchange(other.chunk_, nullptr)) {}
  ChatChunkRef& operator=(ChatChunkRef other) noexcept {
    std::swap(chunk_, other.chunk_);
    return *this;
  }
  ~ChatChunkRef() {
    if (chunk_ != nullptr && --chunk_->references_ == 0) ChatChunk::release(chunk_);
  }

  ChatChunk* get() const { return chunk_; }
  ChatChunk* operator->() const { return chunk_; }
  explicit operator bool() const { return chunk_ != nullptr; }

 private:
  ChatChunk* chunk_ = nullptr;
};

// How far somebody has been sent a log. It keeps what lies behind it.
struct ChatCursor {
  ChatChunkRef chunk = {};
  std::uint32_t offset = 0;
};

// Some bytes of a chunk.
struct ChatPiece {
  ChatChunkRef chunk;
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  bool is_own = false;  // nobody else has the chunk: more may be added to it

  std::size_t size() const { return to - from; }
  std::string_view text() const { return chunk->text(from, to); }
};

class ChatLog {
 public:
  explicit ChatLog(std::size_t chunk_bytes);

  // How large chunks are made from now on: few for many listeners, and little that lies idle for
  // few.
  void set_chunk_bytes(std::size_t bytes) { chunk_bytes_ = bytes; }

  void append(std::string_view bytes);
  ChatCursor end() const { return {last_, last_->used()}; }
  // Since the log began.
  std::uint64_t end_position() const { return last_->position_ + last_->used_; }
  static std::uint64_t position(const ChatCursor& cursor) {
    return cursor.chunk->position_ + cursor.offset;
  }
  std::uint64_t behind(const ChatCursor& cursor) const { return end_position() - position(cursor); }
  bool is_behind(const ChatCursor& cursor) const {
    return cursor.chunk.get() != last_.get() || cursor.offset != last_->used();
  }

  // Bytes that begin at the cursor and lie in one piece; none when it is at the end. May move the
  // cursor to the beginning of the next chunk.
  static std::string_view next(ChatCursor& cursor);
  // That many of them have been sent.
  static void advance(ChatCursor& cursor, std::size_t bytes) {
    cursor.offset += static_cast<std::uint32_t>(bytes);
  }

 private:
  std::size_t chunk_bytes_;
  ChatChunkRef last_;
};

}  // namespace patchbay
