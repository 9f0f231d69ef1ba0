// ReplyTemplate: what a server answers, with {} where the message stands.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "patchbay/base/result.hpp"

namespace patchbay {

// "Server received: {}". Every {} stands for the message; all else, single braces too, for itself.
class ReplyTemplate {
 public:
  // Fault `protocol` for a text without {}.
  static Result<ReplyTemplate> parse(std::string_view text);

  std::string fill(std::string_view message) const;
  // The same behind what stands in `out` already.
  void fill_into(std::string& out, std::string_view message) const;

 private:
  std::vector<std::string> pieces_;  // the message stands between each and the next
};

}  // namespace patchbay
