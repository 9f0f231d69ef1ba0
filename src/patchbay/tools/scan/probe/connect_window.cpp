#include "patchbay/tools/scan/probe/connect_window.hpp"

#include <algorithm>

namespace patchbay {

namespace {

constexpr Duration k_first_pause = 5ms;
constexpr Duration k_longest_pause = 320ms;
// Others may have taken what is lacking: it comes back as they end, or never.
constexpr Duration k_hopeless = 30s;
constexpr std::size_t k_ends_for_one_more = 4;

}  // namespace

ConnectWindow::ConnectWindow(std::size_t most)
    : most_(std::max<std::size_t>(most, 1)), room_(most_) {}

void ConnectWindow::end() {
  --waiting_;
  closed_until_ = {};
  pause_ = {};
  short_since_.reset();
  if (room_ == most_ || ++ended_ < k_ends_for_one_more) return;
  ++room_;
  ended_ = 0;
}

void ConnectWindow::shortage(Instant now) {
  --waiting_;
  // A quarter less than what there was room for.
  room_ = std::max<std::size_t>(waiting_ - waiting_ / 4, 1);
  ended_ = 0;
  pause_ = std::clamp(2 * pause_, k_first_pause, k_longest_pause);
  closed_until_ = now + pause_;
  if (!short_since_) short_since_ = now;
}

bool ConnectWindow::hopeless(Instant now) const {
  return waiting_ == 0 && short_since_ && now - *short_since_ >= k_hopeless;
}

}  // namespace patchbay
