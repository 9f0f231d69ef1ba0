// Where the lab keeps book of what it has made, and the lock that those who make something take.
#pragma once

#include <string>

#include "patchbay/base/result.hpp"

namespace patchbay {

// /run/patchbay-lab for root; for others a folder of their own in $XDG_RUNTIME_DIR or /tmp.
std::string lab_folder();

// Held while addresses and names are chosen and made, so that two labs that start together do not
// choose the same. Move-only; the destructor lets go, as the end of the process does.
class LabLock {
 public:
  // Waits for whoever has it; nobody holds it for longer than it takes to set up.
  static Result<LabLock> take();
  LabLock(LabLock&& other) noexcept;
  LabLock& operator=(LabLock&&) = delete;
  ~LabLock();

 private:
  explicit LabLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace patchbay
