// The pages of `patchbay help TOPIC` that belong to no command.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "patchbay/cli/help.hpp"

namespace patchbay {

struct Topic {
  const char* name;
  const char* summary;
  std::string (*page)(const Command& root, const PageStyle& style);
};

const std::vector<Topic>& topics();
const Topic* find_topic(std::string_view name);

}  // namespace patchbay
