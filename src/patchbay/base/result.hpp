// Result<T>: a value or an Error. Nothing in the library throws across its interface.
#pragma once

#include <expected>
#include <type_traits>
#include <utility>

#include "patchbay/base/error.hpp"

namespace patchbay {

// A class and not an alias, so that a dropped Result is a compile error: libstdc++ 12's expected is
// not nodiscard. Test it (`if (!r) co_return r.error();`), then use *r. Errors convert implicitly.
template <class T = void>
class [[nodiscard]] Result : public std::expected<T, Error> {
  using Base = std::expected<T, Error>;

 public:
  using Base::Base;
  Result() = default;
  Result(const Error& error) : Base(std::unexpect, error) {}
};

// Success with nothing to say.
inline Result<> ok() { return {}; }

}  // namespace patchbay
