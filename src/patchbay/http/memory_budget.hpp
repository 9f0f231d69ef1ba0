// MemoryBudget: how much memory all work of one kind may hold at a time; and MemoryShare, what one
// piece of that work holds of it.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <utility>

namespace patchbay {

// Used from several threads.
class MemoryBudget {
 public:
  explicit MemoryBudget(std::size_t most_bytes) : most_(most_bytes) {}

  std::size_t held_bytes() const { return held_; }

 private:
  friend class MemoryShare;

  bool take(std::size_t bytes) {
    std::size_t held = held_;
    do {
      if (bytes > most_ - held) return false;
    } while (!held_.compare_exchange_weak(held, held + bytes));
    return true;
  }
  void give_back(std::size_t bytes) { held_ -= bytes; }

  const std::size_t most_;
  std::atomic<std::size_t> held_ = 0;  // never above most_
};

// Gives back with its end what it holds. One thread at a time uses it.
class MemoryShare {
 public:
  // Without a budget it may hold whatever it likes.
  explicit MemoryShare(std::shared_ptr<MemoryBudget> budget = nullptr)
      : budget_(std::move(budget)) {}
  MemoryShare(MemoryShare&& other) noexcept
      : budget_(std::move(other.budget_)), bytes_(std::exchange(other.bytes_, 0)) {}
  MemoryShare& operator=(MemoryShare&&) = delete;
  ~MemoryShare() { (void)hold(0); }

  // So much from now on, in place of what it held. False where not so much is left: then it holds
  // what it did.
  [[nodiscard]] bool hold(std::size_t bytes) {
    if (budget_ == nullptr) return true;
    if (bytes > bytes_ && !budget_->take(bytes - bytes_)) return false;
    if (bytes < bytes_) budget_->give_back(bytes_ - bytes);
    bytes_ = bytes;
    return true;
  }

 private:
  std::shared_ptr<MemoryBudget> budget_;
  std::size_t bytes_ = 0;
};

}  // namespace patchbay
