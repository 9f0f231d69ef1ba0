#include "patchbay/tools/chat/history/chat_scribe.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <system_error>
#include <utility>

namespace patchbay {

namespace {

// Rooms whose topic waits to be stored.
constexpr std::size_t k_most_notes = 10'000;
// Messages that are forgotten in one commit: others do not wait behind it for long.
constexpr std::size_t k_forgotten_at_once = 500;
// Those that are filed in one commit, likewise.
constexpr std::size_t k_filed_at_once = 1'500;

// What a message takes while it waits, near enough.
std::size_t weight_of(const ChatMessage& message) {
  return sizeof(ChatMessage) + message.text.size() + message.tags.size() + message.key.size() +
         message.to.size() + message.from.host.size();
}

}  // namespace

ChatScribe::ChatScribe(ChatShelf shelf, const ChatScribeOptions& options,
                       std::function<void(std::string)> tell)
    : shelf_(std::move(shelf)), options_(options), tell_(std::move(tell)) {
  if (!options_.has_thread) return;
  has_thread_ = true;
  try {
    thread_ = std::jthread([this] { serve(); });
  } catch (const std::system_error&) {
    has_thread_ = false;  // slower, but it is written
  }
}

ChatScribe::~ChatScribe() {
  std::unique_lock lock(mutex_);
  is_stopping_ = true;
  changed_.notify_all();
  if (has_thread_) {
    lock.unlock();
    thread_.join();
    return;
  }
  while (has_unwritten()) write(lock);
  while (unfiled_ > 0 && file_some(lock)) continue;
}

void ChatScribe::put(SharedChatMessage message) {
  std::unique_lock lock(mutex_);
  ++put_;
  const std::size_t weight = weight_of(*message);
  if (waiting() >= options_.most_waiting || waiting_bytes_ + weight > options_.most_waiting_bytes) {
    ++counters_.lost;
    note_loss();
    return;
  }
  waiting_bytes_ += weight;
  messages_.push_back(std::move(message));
  note_behind();
  const bool is_enough = messages_.size() == options_.most_rows;
  if (!has_thread_) {
    if (is_enough) {
      write(lock);
      while (unfiled_ > 0 && file_some(lock)) continue;
    }
  } else if (is_idle_ || is_enough) {
    lock.unlock();
    changed_.notify_one();
  }
}

void ChatScribe::put(ChatTopicNote note) {
  const std::lock_guard lock(mutex_);
  const auto same = std::ranges::find(notes_, note.key, &ChatTopicNote::key);
  if (same != notes_.end()) {
    *same = std::move(note);
  } else if (notes_.size() < k_most_notes) {
    notes_.push_back(std::move(note));
  }
  changed_.notify_one();
}

void ChatScribe::forget(const ChatKeeping& keeping, WallTime now) {
  std::unique_lock lock(mutex_);
  forgetting_ = {.keeping = keeping, .now = now};
  changed_.notify_one();
  while (!has_thread_ && forgetting_) forget_some(lock);
}

std::uint64_t ChatScribe::put_so_far() const {
  const std::lock_guard lock(mutex_);
  return put_;
}

bool ChatScribe::wait_until_stored(std::uint64_t count, Duration patience) {
  std::unique_lock lock(mutex_);
  const auto is_stored = [this, count] { return filed_up_to_ + counters_.lost >= count; };
  if (!has_thread_) {
    while (has_unwritten() && commit_some(lock)) continue;
    while (unfiled_ > 0 && file_some(lock)) continue;
    return is_stored();
  }
  ++hurrying_;
  changed_.notify_one();
  const bool stored = stored_.wait_for(lock, patience, is_stored);
  --hurrying_;
  return stored;
}

ChatScribeCounters ChatScribe::counters() const {
  const std::lock_guard lock(mutex_);
  ChatScribeCounters now = counters_;
  now.waiting = waiting();
  return now;
}

void ChatScribe::serve() {
  std::unique_lock lock(mutex_);
  const auto has_work = [this] {
    return is_stopping_ || has_unwritten() || forgetting_ || (unfiled_ > 0 && hurrying_ > 0);
  };
  for (;;) {
    is_idle_ = true;
    if (unfiled_ > 0) {
      changed_.wait_for(lock, options_.file_after, has_work);
    } else {
      changed_.wait(lock, has_work);
    }
    is_idle_ = false;
    if (has_unwritten()) {
      gather(lock);
      write(lock);
      if (wants_filing()) file_some(lock);
    } else if (unfiled_ > 0) {
      const bool filed = file_some(lock);
      if (!filed && is_stopping_) return;  // it is in the file, and filed when that is opened again
    } else if (is_stopping_) {
      return;
    } else if (forgetting_) {
      forget_some(lock);
    }
  }
}

bool ChatScribe::wants_filing() const {
  if (unfiled_ == 0) return false;
  return is_filing_ || hurrying_ > 0 || unfiled_ >= options_.most_unfiled;
}

// A commit costs the same for one message and for many.
void ChatScribe::gather(std::unique_lock<std::mutex>& lock) {
  changed_.wait_for(lock, options_.gather, [this] {
    return is_stopping_ || hurrying_ > 0 || waiting() >= options_.most_rows;
  });
}

void ChatScribe::write(std::unique_lock<std::mutex>& lock) {
  if (commit_some(lock)) return;
  if (is_stopping_) {
    give_up();
  } else if (has_thread_) {
    changed_.wait_for(lock, options_.retry, [this] { return is_stopping_; });
  }
}

// A commit has as many rows as it may, wherever they wait.
void ChatScribe::take_waiting() {
  if (batch_.size() - batch_done_ >= options_.most_rows) return;
  batch_.erase(batch_.begin(), batch_.begin() + static_cast<std::ptrdiff_t>(batch_done_));
  batch_done_ = 0;
  if (batch_.empty()) return batch_.swap(messages_);
  batch_.insert(batch_.end(), std::move_iterator(messages_.begin()),
                std::move_iterator(messages_.end()));
  messages_.clear();
}

// False: the disk refuses, and all waits as before.
bool ChatScribe::commit_some(std::unique_lock<std::mutex>& lock) {
  take_waiting();
  const auto part = std::span(batch_).subspan(
      batch_done_, std::min(batch_.size() - batch_done_, options_.most_rows));
  auto notes = std::exchange(notes_, {});
  lock.unlock();
  const auto stored = shelf_.append(part, notes);
  const std::size_t unfiled = shelf_.unfiled();
  std::size_t weight = 0;
  if (stored) {
    for (auto& message : part) {
      weight += weight_of(*message);
      message.reset();
    }
  }
  lock.lock();
  unfiled_ = unfiled;
  if (!stored) {
    // Those that have been set anew meanwhile stay so: the last one of a room is stored last.
    notes_.insert(notes_.begin(), std::move_iterator(notes.begin()),
                  std::move_iterator(notes.end()));
    note_refusal(stored.error());
    return false;
  }
  waiting_bytes_ -= weight;
  batch_done_ += part.size();
  counters_.stored += part.size();
  ++counters_.commits;
  note_behind();
  note_success();
  return true;
}

// False: the disk refuses.
bool ChatScribe::file_some(std::unique_lock<std::mutex>& lock) {
  if (!std::exchange(is_filing_, true)) filing_up_to_ = counters_.stored;
  lock.unlock();
  const auto is_complete = shelf_.file(k_filed_at_once);
  const std::size_t unfiled = shelf_.unfiled();
  lock.lock();
  unfiled_ = unfiled;
  if (!is_complete) {
    note_refusal(is_complete.error());
    if (has_thread_) changed_.wait_for(lock, options_.retry, [this] { return is_stopping_; });
    return false;
  }
  if (*is_complete) {
    is_filing_ = false;
    filed_up_to_ = filing_up_to_;
    note_success();
    stored_.notify_all();
  }
  return true;
}

// A disk that refuses is not waited for.
void ChatScribe::note_behind() {
  is_behind_.store(!is_refused_ && waiting() >= options_.behind_from, std::memory_order_relaxed);
}

void ChatScribe::forget_some(std::unique_lock<std::mutex>& lock) {
  const Forgetting all = *forgetting_;
  lock.unlock();
  const auto more = shelf_.forget(all.keeping, all.now, k_forgotten_at_once);
  lock.lock();
  if (!more) note_refusal(more.error());
  // With the next pass it is tried again.
  if (!more || !*more) forgetting_.reset();
}

// The end has come, and the disk does not take what is left.
void ChatScribe::give_up() {
  counters_.lost += waiting();
  stored_.notify_all();
  batch_.clear();
  batch_done_ = 0;
  messages_.clear();
  notes_.clear();
  tell_(fmt::format("{} messages are not in the chat's history: its disk did not take them",
                    counters_.lost - lost_before_));
}

void ChatScribe::note_loss() {
  if (std::exchange(is_losing_, true)) return;
  tell_(fmt::format(
      "what is said is not kept in the chat's history now: {} messages wait for its disk",
      waiting()));
}

void ChatScribe::note_refusal(const Error& error) {
  if (std::exchange(is_refused_, true)) return;
  note_behind();
  tell_(
      fmt::format("the chat's history: {}: {}; it is tried again each second, and up to {} "
                  "messages wait",
                  error.what(), error.why(), options_.most_waiting));
}

void ChatScribe::note_success() {
  const bool is_over = is_refused_ || (is_losing_ && waiting() < options_.most_waiting / 2);
  if (!is_over) return;
  is_refused_ = false;
  is_losing_ = false;
  tell_(fmt::format("the chat's history is written again; {} messages of before are lost",
                    counters_.lost - lost_before_));
  lost_before_ = counters_.lost;
}

}  // namespace patchbay
