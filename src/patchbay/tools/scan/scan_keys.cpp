#include "patchbay/tools/scan/scan_keys.hpp"

#include <unistd.h>

#include <array>
#include <utility>

#include "patchbay/net/standard_streams.hpp"

namespace patchbay {

std::optional<ScanKeys> ScanKeys::open() {
  termios before{};
  if (::tcgetattr(STDIN_FILENO, &before) != 0) return std::nullopt;
  // Setting up a terminal from the background stops the process.
  if (::tcgetpgrp(STDIN_FILENO) != ::getpgrp()) return std::nullopt;
  auto terminal = open_standard_input();
  if (!terminal) return std::nullopt;
  termios raw = before;
  raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  if (::tcsetattr(STDIN_FILENO, TCSANOW, &raw) != 0) return std::nullopt;
  return ScanKeys(std::move(*terminal), before);
}

ScanKeys::ScanKeys(ScanKeys&& other) noexcept
    : terminal_(std::move(other.terminal_)), before_(std::exchange(other.before_, std::nullopt)) {}

ScanKeys::~ScanKeys() {
  if (before_) ::tcsetattr(STDIN_FILENO, TCSANOW, &*before_);
}

Task<Result<ScanKey>> ScanKeys::next() {
  for (;;) {
    std::array<std::byte, 1> key{};
    const auto got = co_await terminal_.read(key);
    if (!got) co_return got.error();
    if (*got == 0) co_return Error(Fault::closed, "read from", "the terminal has gone");
    switch (static_cast<char>(key[0])) {
      case ' ':
      case '\n': co_return ScanKey::status;
      case 's': co_return ScanKey::skip_host;
      case '+': co_return ScanKey::faster;
      case '-': co_return ScanKey::slower;
      default: break;
    }
  }
}

}  // namespace patchbay
