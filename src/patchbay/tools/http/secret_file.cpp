#include "patchbay/tools/http/secret_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "patchbay/wire/base64.hpp"
#include "patchbay/wire/http_field.hpp"

namespace patchbay {

namespace {

constexpr const char* k_operation = "read";
constexpr std::size_t k_most_bytes = 64 * 1024;

// An open file, closed with this.
struct Open {
  explicit Open(const std::string& path) : descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC)) {}
  ~Open() {
    if (descriptor >= 0) ::close(descriptor);
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;
  int descriptor;
};

Result<> check_owner_only(int descriptor) {
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) return Error::from_errno(errno, k_operation);
  if (!S_ISREG(status.st_mode)) return Error(Fault::storage, k_operation, "it is no file");
  if ((status.st_mode & 077U) == 0) return ok();
  return Error(Fault::permission, "keep a secret in", "others may read or change it",
               "chmod 600 the file");
}

std::string_view next_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  std::string_view line = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

Result<std::string> read_secret_file(const std::string& path) {
  const Open file(path);
  if (file.descriptor < 0) return Error::from_errno(errno, k_operation).about(path);
  if (const auto checked = check_owner_only(file.descriptor); !checked) {
    return checked.error().about(path);
  }
  std::string text(k_most_bytes + 1, '\0');
  std::size_t size = 0;
  for (;;) {
    const ssize_t got = ::read(file.descriptor, text.data() + size, text.size() - size);
    if (got < 0) return Error::from_errno(errno, k_operation).about(path);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
    if (size > k_most_bytes) {
      return Error(Fault::limit, k_operation, "it is longer than 64 KiB").about(path);
    }
  }
  text.resize(size);
  return text;
}

Result<std::string> read_basic_credentials(const std::string& path) {
  const auto text = read_secret_file(path);
  if (!text) return text.error();
  std::string_view rest = *text;
  const std::string_view line = next_line(rest);
  if (line.find(':') == std::string_view::npos) {
    return Error(Fault::protocol, "find a user in", "its first line is not user:password")
        .about(path);
  }
  return "Basic " + encode_base64(line);
}

Result<HttpFieldList> read_secret_fields(const std::string& path) {
  const auto text = read_secret_file(path);
  if (!text) return text.error();
  HttpFieldList fields;
  for (std::string_view rest = *text; !rest.empty();) {
    const std::string_view line = next_line(rest);
    if (line.empty()) continue;
    auto field = parse_field(line);
    // The line itself may be a secret.
    if (!field)
      return Error(Fault::protocol, "find fields in", "a line is not Name: value").about(path);
    fields.push_back(std::move(*field));
  }
  return fields;
}

Result<std::pair<std::string, std::string>> parse_field(std::string_view line) {
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_http_token(line.substr(0, colon))) {
    return Error(Fault::protocol, "send the field", "it is not Name: value").about(line);
  }
  return std::pair(std::string(line.substr(0, colon)),
                   std::string(trim_blanks(line.substr(colon + 1))));
}

}  // namespace patchbay
