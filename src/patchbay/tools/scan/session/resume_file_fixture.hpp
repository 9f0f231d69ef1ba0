// For tests: a ResumeFile as it is written.
#pragma once

#include <string>

#include "patchbay/tools/scan/session/resume_file.hpp"

namespace patchbay {

inline std::string text_of(const ResumeFile& file) {
  std::string text;
  file.write([&text](std::string_view piece) { text += piece; });
  return text;
}

}  // namespace patchbay
