// Whole numbers in JSON that somebody else may have written.
#pragma once

#include <limits>
#include <nlohmann/json.hpp>

namespace patchbay {

// The library would cast whatever number stands there, be it too large or a fraction. Throws what
// the library throws.
template <class Number>
Number whole(const nlohmann::json& json) {
  const auto* const number = json.get_ptr<const nlohmann::json::number_unsigned_t*>();
  if (number == nullptr || *number > std::numeric_limits<Number>::max()) {
    throw nlohmann::json::type_error::create(302, "it is no whole number of that size", &json);
  }
  return static_cast<Number>(*number);
}

}  // namespace patchbay
