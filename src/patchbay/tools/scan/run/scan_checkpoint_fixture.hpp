// For tests: a run's checkpoint as another process has it.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "patchbay/tools/scan/run/scan_checkpoint.hpp"

namespace patchbay {

inline std::string checkpoint_text(const ScanRun& run, const CheckpointMark& mark) {
  std::string text;
  write_checkpoint(run, mark, [&text](std::string_view piece) { text += piece; });
  return text;
}

inline ScanCheckpoint checkpoint_of(const ScanRun& run, const CheckpointMark& mark) {
  auto read = ScanCheckpoint::parse(checkpoint_text(run, mark));
  EXPECT_TRUE(read);
  return read.value_or(ScanCheckpoint());
}

inline std::string text_of(const ScanCheckpoint& checkpoint) {
  std::string text;
  checkpoint.write([&text](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace patchbay
