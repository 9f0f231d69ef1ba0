// A file of accounts, of which one line is changed.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>

#include "patchbay/tools/outcome.hpp"

namespace patchbay {

struct AccountChange {
  bool was_there = false;  // the user
  std::size_t users = 0;   // that the file has now
};

// Gives `user` this hash, or takes the user out of the file where there is none. All other lines
// stay as they are, remarks and their order too; a file that is missing is made, with mode 600. Of
// programs that do so at the same time each begins with what the one before it has written.
std::expected<AccountChange, Failure> change_account(const std::string& path,
                                                     const std::string& user,
                                                     const std::optional<std::string>& hash);

}  // namespace patchbay
