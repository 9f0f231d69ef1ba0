// ScanKeys: keys that are pressed on the terminal while a scan runs.
#pragma once

#include <termios.h>

#include <optional>

#include "patchbay/net/stream.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

enum class ScanKey : std::uint8_t { status, skip_host, faster, slower };

// For as long as it lives each key is read as it is pressed and none is shown; Ctrl-C stays what it
// is. Where stdin is no terminal, or this process stands in the background, there are no keys.
class ScanKeys {
 public:
  static std::optional<ScanKeys> open();
  ScanKeys(ScanKeys&& other) noexcept;
  ScanKeys& operator=(ScanKeys&&) = delete;
  ~ScanKeys();

  // The next that means something. Faults: closed (the terminal has gone), cancelled.
  Task<Result<ScanKey>> next();

 private:
  ScanKeys(Stream terminal, const termios& before)
      : terminal_(std::move(terminal)), before_(before) {}

  Stream terminal_;
  std::optional<termios> before_;  // none where it was moved from
};

}  // namespace patchbay
