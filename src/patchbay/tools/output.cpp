#include "patchbay/tools/output.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <csignal>

#include "patchbay/base/units.hpp"

namespace patchbay {
namespace {

bool is_same_file(int a, int b) {
  struct stat first{};
  struct stat second{};
  if (fstat(a, &first) != 0 || fstat(b, &second) != 0) return false;
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino;
}

// How long a reader may take for its next bite when the program was told to end: one that works on
// gets all of the stream, one that is stopped does not keep Ctrl-C waiting.
constexpr int k_grace_ms = 200;

bool has_reader(int fd) {
  struct stat status{};
  if (fstat(fd, &status) != 0) return false;
  return S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || isatty(fd) == 1;
}

// True when `fd` takes bytes. False when it does not and SIGINT or SIGTERM waits to be heard: a
// loop hears signals between two turns, so a turn that waited for a reader here would be deaf.
bool wait_for_room(int fd) {
  pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
  if (poll(&ready, 1, 0) != 0) return true;
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT);
  sigaddset(&stops, SIGTERM);
  // Never read, so that the loop still finds the signal. Without a descriptor poll() skips the -1.
  const int signals = signalfd(-1, &stops, SFD_CLOEXEC);
  std::array<pollfd, 2> either{ready, {.fd = signals, .events = POLLIN, .revents = 0}};
  while (poll(either.data(), either.size(), -1) < 0 && errno == EINTR) {
  }
  if (signals >= 0) close(signals);
  if (either[0].revents != 0) return true;
  return poll(&ready, 1, k_grace_ms) != 0;
}

// poll() promises room for PIPE_BUF and no more. A cut is between two lines where there are two, so
// that a killed run leaves whole ones.
std::string_view piece_for_reader(std::string_view bytes) {
  if (bytes.size() <= PIPE_BUF) return bytes;
  const std::string_view piece = bytes.substr(0, PIPE_BUF);
  const std::size_t newline = piece.rfind('\n');
  return newline == std::string_view::npos ? piece : piece.substr(0, newline + 1);
}

// All of `bytes`, or the errno that stopped it; ECANCELED when the program was told to end while
// the reader took nothing. A slow reader is waited for: no result is dropped because of a pager.
int write_fully(int fd, bool has_reader, std::string_view bytes) {
  while (!bytes.empty()) {
    if (has_reader && !wait_for_room(fd)) return ECANCELED;
    const std::string_view piece = has_reader ? piece_for_reader(bytes) : bytes;
    const ssize_t written = ::write(fd, piece.data(), piece.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return errno;
    if (!wait_for_room(fd)) return ECANCELED;
  }
  return 0;
}

std::string as_line(std::string_view text) {
  std::string line(text);
  if (!line.ends_with('\n')) line += '\n';
  return line;
}

std::string styled(bool color, Tone tone, std::string_view text) {
  if (!color || tone == Tone::plain) return std::string(text);
  const char* code = "";
  switch (tone) {
    case Tone::plain: break;
    case Tone::bold: code = "1"; break;
    case Tone::dim: code = "2"; break;
    case Tone::good: code = "32"; break;
    case Tone::warning: code = "33"; break;
    case Tone::bad: code = "1;31"; break;
    case Tone::accent: code = "36"; break;
  }
  std::string out = "\x1b[";
  out += code;
  out += 'm';
  out += text;
  return out += "\x1b[0m";
}

Record error_record(const Failure& failure) {
  return Record("error")
      .text("what", failure.what)
      .text("why", failure.why)
      .text("try", failure.remedy);
}

constexpr Duration progress_interval = 100ms;
constexpr std::string_view erase_line = "\r\x1b[K";

}  // namespace

Output::Output(const OutputOptions& options)
    : options_(options),
      began_(wall_time()),
      same_file_(is_same_file(options.out_fd, options.err_fd)),
      out_has_reader_(has_reader(options.out_fd)),
      err_has_reader_(has_reader(options.err_fd)) {}

WallTime Output::wall_time() const {
  return options_.wall_clock == nullptr ? WallTime{} : options_.wall_clock();
}

bool Output::write_out(std::string_view bytes) {
  const std::scoped_lock lock(mutex_);
  if (broken_ != 0) return false;
  clear_progress();
  broken_ = write_fully(options_.out_fd, out_has_reader_, bytes);
  return broken_ == 0;
}

void Output::write_err(std::string_view bytes) {
  const std::scoped_lock lock(mutex_);
  clear_progress();
  put_err(bytes);
}

// Where this fails there is nobody left to tell.
void Output::put_err(std::string_view bytes) {
  if (err_given_up_) return;
  err_given_up_ = write_fully(options_.err_fd, err_has_reader_, bytes) == ECANCELED;
}

void Output::clear_progress() {
  if (!progress_shown_) return;
  progress_shown_ = false;
  put_err(erase_line);
}

void Output::print(std::string_view text) {
  if (!options_.json) write_out(as_line(text));
}

void Output::emit(const Record& record, std::string_view text) {
  if (options_.json) {
    write_out(record.json() + '\n');
  } else if (!text.empty()) {
    write_out(as_line(text));
  }
}

bool Output::write(std::string_view bytes) { return write_out(bytes); }

void Output::note(std::string_view text) {
  if (!options_.quiet) write_err(as_line(text));
}

void Output::detail(int level, std::string_view text) {
  if (options_.verbose >= level && !options_.quiet) write_err(as_line(text));
}

void Output::warn(std::string_view text) {
  write_err(as_line(style_err(Tone::warning, "warning:") + ' ' + std::string(text)));
}

void Output::progress(std::string_view text, Instant now) {
  if (!options_.progress || options_.quiet || options_.json) return;
  const std::scoped_lock lock(mutex_);
  if (progress_shown_ && now - progress_at_ < progress_interval) return;
  progress_at_ = now;
  progress_shown_ = true;
  put_err(std::string(erase_line) + std::string(text));
}

int Output::fail(const Error& error) {
  if (error.fault() != Fault::cancelled) report(Failure(error));
  return exit_code_of(error);
}

int Output::fail(const Failure& failure, int code) {
  report(failure);
  return code;
}

void Output::report(const Failure& failure) {
  if (options_.json) {
    const std::string line = error_record(failure).json() + '\n';
    if (started_) write_out(line);
    if (!started_ || !same_file_) write_err(line);
    return;
  }
  std::string text = style_err(Tone::bad, "error:") + ' ' + failure.what + '\n';
  if (!failure.why.empty()) text += "  because: " + failure.why + '\n';
  if (!failure.remedy.empty()) text += "  try: " + failure.remedy + '\n';
  write_err(text);
}

std::string Output::style(Tone tone, std::string_view text) const {
  return styled(options_.color_out, tone, text);
}

std::string Output::style_err(Tone tone, std::string_view text) const {
  return styled(options_.color_err, tone, text);
}

bool Output::gone() const {
  const std::scoped_lock lock(mutex_);
  return broken_ != 0 && broken_ != ECANCELED;
}

void Output::start(std::string_view tool, std::string_view version, int schema) {
  version_ = version;
  if (!options_.json) return;
  started_ = true;
  emit(Record("start")
           .text("tool", tool)
           .text("version", version)
           .count("schema", schema)
           .at("ts", wall_time()));
}

void Output::tell_cost() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto of = [](const timeval& time) { return time.tv_sec * 1s + time.tv_usec * 1us; };
  const Duration user = of(used.ru_utime);
  const Duration system = of(used.ru_stime);
  const Duration passed = wall_time() - began_;
  const std::uint64_t peak = static_cast<std::uint64_t>(used.ru_maxrss) * 1024;
  if (started_) {
    emit(Record("cost")
             .time_us("user_us", user)
             .time_us("system_us", system)
             .time_us("passed_us", passed)
             .bytes("peak_memory_bytes", peak));
  } else if (!options_.json) {
    note(fmt::format("cost: {} of CPU ({} user, {} system) in {}, {} of memory at most",
                     format_duration(user + system), format_duration(user), format_duration(system),
                     format_duration(passed), format_size(peak)));
  }
}

int Output::finish(int code) {
  if (options_.stats) tell_cost();
  if (options_.json && started_) {
    const bool whole = complete_ < 0 ? code == exit_ok || code == exit_condition : complete_ == 1;
    Record last("end");
    last.at("ts", wall_time()).merge(totals_).count("exit", code).flag("complete", whole);
    write_out(last.json() + '\n');
  }
  {
    const std::scoped_lock lock(mutex_);
    clear_progress();
  }
  if (broken_ == 0 || broken_ == EPIPE || broken_ == ECANCELED) return code;
  started_ = false;  // the stream is lost: the error can go to stderr only
  Error error = Error::from_errno(broken_, "write to standard output");
  if (broken_ == EBADF) error = error.because("it was closed before the program began");
  report(Failure(error));
  return exit_failed;
}

}  // namespace patchbay
