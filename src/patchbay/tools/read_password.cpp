#include "patchbay/tools/read_password.hpp"

#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string_view>

namespace patchbay {

namespace {

constexpr std::size_t k_most_bytes = 1024;
constexpr int k_look_ms = 200;  // how often a signal that waits is looked for
constexpr char k_interrupt = 0x03;
constexpr char k_end_of_file = 0x04;
constexpr char k_delete = 0x7f;

void say(std::string_view text) {
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

// Nothing typed is shown, and no key ends the program before the terminal is itself again.
class MuteTerminal {
 public:
  MuteTerminal() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, &signals_);
    ::tcgetattr(STDIN_FILENO, &before_);
    termios mute = before_;
    mute.c_lflag &= static_cast<tcflag_t>(~(ECHO | ICANON | ISIG));
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &mute);
  }
  ~MuteTerminal() {
    ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    say("\n");
    ::pthread_sigmask(SIG_SETMASK, &signals_, nullptr);
  }
  MuteTerminal(const MuteTerminal&) = delete;
  MuteTerminal& operator=(const MuteTerminal&) = delete;

 private:
  termios before_{};
  sigset_t signals_{};
};

bool is_told_to_end() {
  sigset_t waiting;
  ::sigpending(&waiting);
  return sigismember(&waiting, SIGINT) == 1 || sigismember(&waiting, SIGTERM) == 1 ||
         sigismember(&waiting, SIGHUP) == 1;
}

Error interrupted() { return Error(Fault::cancelled, "read the password"); }

Error too_long() {
  return Error(Fault::limit, "read the password", "it is longer than 1,024 bytes");
}

std::expected<std::string, Error> read_from_terminal(const std::string& prompt) {
  const MuteTerminal mute;
  say(prompt);
  std::string password;
  for (;;) {
    pollfd keys = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
    const int ready = ::poll(&keys, 1, k_look_ms);
    if (is_told_to_end()) return std::unexpected(interrupted());
    if (ready <= 0) continue;
    char key;
    if (::read(STDIN_FILENO, &key, 1) != 1) return std::unexpected(interrupted());
    if (key == '\n' || key == '\r') return password;
    if (key == k_interrupt || (key == k_end_of_file && password.empty())) {
      return std::unexpected(interrupted());
    }
    if (key == k_delete || key == '\b') {
      if (!password.empty()) password.pop_back();
      continue;
    }
    if (password.size() == k_most_bytes) return std::unexpected(too_long());
    password += key;
  }
}

std::expected<std::string, Error> read_line() {
  std::string line;
  char c;
  ssize_t got;
  while ((got = ::read(STDIN_FILENO, &c, 1)) == 1 && c != '\n') {
    if (line.size() == k_most_bytes) return std::unexpected(too_long());
    line += c;
  }
  if (got < 0) return std::unexpected(Error::from_errno(errno, "read the password"));
  if (line.ends_with('\r')) line.pop_back();
  return line;
}

}  // namespace

std::expected<std::string, Error> read_password(const std::string& prompt) {
  return ::isatty(STDIN_FILENO) != 0 ? read_from_terminal(prompt) : read_line();
}

}  // namespace patchbay
