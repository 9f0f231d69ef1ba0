// Outbox: what is still to be written to one stream. Any task of the loop may add to it, and one
// task writes it out; so a peer that reads slowly holds up nobody and has a limit.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "patchbay/net/event.hpp"
#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

class Outbox {
 public:
  // At most `limit_bytes` wait, and as many again are being written.
  explicit Outbox(std::size_t limit_bytes = 64 * 1024) : limit_bytes_(limit_bytes) {}

  // False when there is no room: then nothing of the text is added.
  bool add(std::string_view text) {
    if (text.size() > limit_bytes_ - waiting_.size()) return false;
    waiting_ += text;
    if (!text.empty()) has_more_.set();
    return true;
  }
  std::size_t waiting_bytes() const { return waiting_.size(); }

  // Writes what is there and what is added later, until it is cancelled or a write fails, as one
  // does that the peer has not taken after `patience`.
  Task<Result<>> write_to(Stream& stream, Duration patience = 30s) {
    for (;;) {
      const auto woken = co_await has_more_.wait();
      if (!woken) co_return woken.error();
      has_more_.reset();
      const std::string next = std::exchange(waiting_, {});
      const auto written = co_await stream.write_all(next, Deadline::after(patience));
      if (!written) co_return written.error();
    }
  }

 private:
  std::size_t limit_bytes_;
  std::string waiting_;
  Event has_more_;
};

}  // namespace patchbay
