#include "patchbay/cli/process.hpp"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>

#include "patchbay/cli/wall_clock.hpp"

namespace patchbay {

std::optional<std::string_view> Process::variable(std::string_view name) const {
  for (const std::string_view entry : environment) {
    if (entry.size() > name.size() + 1 && entry[name.size()] == '=' && entry.starts_with(name)) {
      return entry.substr(name.size() + 1);
    }
  }
  return {};
}

std::string user_settings_path(const Process& process) {
  constexpr std::string_view file = "/patchbay/config.toml";
  if (const auto home = process.variable("XDG_CONFIG_HOME"); home && home->starts_with('/')) {
    return std::string(*home) + std::string(file);
  }
  if (const auto home = process.variable("HOME")) {
    return std::string(*home) + "/.config" + std::string(file);
  }
  return {};
}

void hold_standard_descriptors() {
  for (const int fd : {0, 1, 2}) {
    if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF) continue;
    // The wrong way round, so that reading and writing still say EBADF. The lowest free number is
    // fd.
    [[maybe_unused]] const int held = open("/dev/null", fd == 0 ? O_WRONLY : O_RDONLY);
  }
}

Process this_process(int argc, char** argv) {
  Process process;
  process.words.assign(argv + (argc > 0 ? 1 : 0), argv + argc);
  for (char** entry = environ; *entry != nullptr; ++entry) process.environment.emplace_back(*entry);
  process.user_settings = user_settings_path(process);
  process.out_is_terminal = isatty(process.out_fd) == 1;
  process.err_is_terminal = isatty(process.err_fd) == 1;
  winsize size{};
  if (ioctl(process.out_fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) {
    process.columns = size.ws_col;
  }
  process.wall_clock = wall_clock;
  return process;
}

}  // namespace patchbay
