#include "patchbay/tools/scan/count_text.hpp"

#include <fmt/format.h>

namespace patchbay {

std::string grouped(IpNumber number) {
  std::string text = fmt::format("{}", number);
  for (std::size_t at = text.size(); at > 3;) {
    at -= 3;
    text.insert(at, 1, ',');
  }
  return text;
}

std::string counted(IpNumber number, std::string_view noun) {
  const char* const ending = number == 1 ? "" : noun.ends_with('s') ? "es" : "s";
  return fmt::format("{} {}{}", grouped(number), noun, ending);
}

}  // namespace patchbay
