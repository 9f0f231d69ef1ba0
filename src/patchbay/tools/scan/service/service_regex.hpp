// The expressions of data/probes.toml: RE2 over bytes, with a limit to what one may cost.
#pragma once

#include <re2/re2.h>

#include <string_view>

namespace patchbay {

class ServiceRegex : public re2::RE2 {
 public:
  explicit ServiceRegex(std::string_view expression)
      : RE2(re2::StringPiece(expression.data(), expression.size()), limits()) {}

  // From the front of the bytes on.
  bool begins(std::string_view bytes) const {
    return Match({bytes.data(), bytes.size()}, 0, bytes.size(), ANCHOR_START, nullptr, 0);
  }

 private:
  static constexpr int k_memory_bytes = 1 << 20;

  static Options limits() {
    Options options(Latin1);  // bytes are what they are
    options.set_max_mem(k_memory_bytes);
    options.set_log_errors(false);
    return options;
  }
};

}  // namespace patchbay
