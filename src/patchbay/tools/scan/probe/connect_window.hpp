// ConnectWindow: how many tries may be on their way at a time, as far as this host is concerned. It
// shrinks when something runs out here (descriptors, ports, buffers) and grows back as tries end.
#pragma once

#include <cstddef>
#include <optional>

#include "patchbay/base/time.hpp"

namespace patchbay {

class ConnectWindow {
 public:
  // `most` at a time, at least one.
  explicit ConnectWindow(std::size_t most);

  bool has_room(Instant now) const { return waiting_ < room_ && now >= closed_until_; }
  // When it has room without any try having ended: Instant::max() if it never has.
  Instant opens_at() const { return waiting_ < room_ ? closed_until_ : Instant::max(); }

  void start() { ++waiting_; }
  // A try came to its end, whatever it was.
  void end();
  // A try that was started could not be made for want of something. There is no room for a moment,
  // a longer one each time, unless another one ends.
  void shortage(Instant now);
  // Nothing is on its way and something has been lacking for long: no use to go on.
  bool hopeless(Instant now) const;

  std::size_t waiting() const { return waiting_; }
  std::size_t room() const { return room_; }

 private:
  std::size_t most_;
  std::size_t room_;
  std::size_t waiting_ = 0;
  std::size_t ended_ = 0;  // since room_ last changed
  Instant closed_until_{};
  Duration pause_{};
  std::optional<Instant> short_since_ = {};
};

}  // namespace patchbay
