#include "patchbay/tools/read_new_password.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "patchbay/base/text.hpp"
#include "patchbay/tools/read_password.hpp"
#include "patchbay/tools/read_secret.hpp"

namespace patchbay {

namespace {

constexpr const char* k_operation = "set the password";
constexpr std::size_t k_most_bytes = 1024;

Result<std::string> first_line_of(const std::string& file) {
  auto text = read_secret_file(file);
  if (!text) return text.error();
  text->resize(std::min(text->find('\n'), text->size()));
  if (text->ends_with('\r')) text->pop_back();
  return text;
}

Result<std::string> ask(const std::string& whom) {
  const auto password = read_password(fmt::format("Password for {}: ", escape_terminal(whom)));
  if (!password) return password.error();
  if (::isatty(STDIN_FILENO) == 0) return *password;
  const auto again = read_password("Once more: ");
  if (!again) return again.error();
  if (*again != *password) {
    return Error(Fault::integrity, k_operation, "what was typed the second time differs from it");
  }
  return *password;
}

}  // namespace

Result<std::string> read_new_password(const std::string& whom, const std::string& file) {
  auto password = file.empty() ? ask(whom) : first_line_of(file);
  if (!password) return password;
  if (password->empty()) return Error(Fault::integrity, k_operation, "it is empty");
  if (password->size() > k_most_bytes) {
    return Error(Fault::limit, k_operation, "it is longer than 1,024 bytes");
  }
  return password;
}

}  // namespace patchbay
