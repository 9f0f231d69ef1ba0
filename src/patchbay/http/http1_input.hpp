// Http1Input: what a connection has received and nobody has used yet.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

class Http1Input {
 public:
  Http1Input(Stream& stream, Lease first)
      : stream_(stream), lease_(std::move(first)), left_(lease_.text()) {}

  std::string_view bytes() const { return left_; }
  void consume(std::size_t count) { left_.remove_prefix(count); }
  void keep_only(std::string_view rest) { left_ = rest; }

  // Receives more, behind what is there. False when the peer has ended its side.
  Task<Result<bool>> more(Deadline deadline);

  // Keeps no buffer for the few bytes that are left. What was consumed is gone.
  void compact();

  // Views of what was consumed so far stay good until unpin(): for a head, while its body comes.
  void pin();
  void unpin();

 private:
  Stream& stream_;
  Lease lease_;
  std::string joined_;  // when a head came in pieces
  std::string_view left_;
  Lease pinned_lease_;
  std::string pinned_text_;
};

}  // namespace patchbay
