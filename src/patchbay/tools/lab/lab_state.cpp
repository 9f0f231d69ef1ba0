#include "patchbay/tools/lab/lab_state.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <ranges>
#include <sstream>
#include <utility>

namespace patchbay {

namespace {

namespace fs = std::filesystem;

constexpr const char* k_operation = "keep book of what the lab makes in";
constexpr std::string_view k_suffix = ".book";

// How often programs are looked for again, since one of them may have started another meanwhile,
// and how long the end of each may take.
constexpr int k_rounds = 100;
constexpr int k_patience_ms = 5000;

template <class Number>
std::optional<Number> parse(std::string_view text) {
  Number value{};
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  const auto [stop, fault] = std::from_chars(begin, end, value);
  if (fault != std::errc() || stop != end) return std::nullopt;
  return value;
}

// The process of a mark, if it is written like one.
std::optional<pid_t> process_of(std::string_view mark) {
  const std::size_t dash = mark.find('-');
  if (dash == std::string_view::npos || !parse<std::uint64_t>(mark.substr(dash + 1))) {
    return std::nullopt;
  }
  return parse<pid_t>(mark.substr(0, dash));
}

std::string content_of(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return std::move(text).str();
}

// Was the process started with the mark in its environment?
bool has_mark(pid_t id, std::string_view mark) {
  const std::string wanted = fmt::format("{}={}", k_lab_variable, mark);
  const std::string environment = content_of(fmt::format("/proc/{}/environ", id));
  for (const auto part : std::views::split(std::string_view(environment), '\0')) {
    if (std::string_view(part) == wanted) return true;
  }
  return false;
}

std::vector<pid_t> programs_of(std::string_view mark) {
  std::vector<pid_t> found;
  std::error_code fault;
  fs::directory_iterator entry("/proc", fault);
  for (; !fault && entry != fs::directory_iterator(); entry.increment(fault)) {
    const auto id = parse<pid_t>(entry->path().filename().native());
    if (id && *id != ::getpid() && has_mark(*id, mark)) found.push_back(*id);
  }
  return found;
}

// By a descriptor, which means this process and never a later one with the same id.
void kill_and_wait(pid_t id, std::string_view mark) {
  const int process = static_cast<int>(::syscall(SYS_pidfd_open, id, 0));
  if (process < 0) return;  // it has ended
  if (has_mark(id, mark) && ::syscall(SYS_pidfd_send_signal, process, SIGKILL, nullptr, 0) == 0) {
    pollfd end{.fd = process, .events = POLLIN, .revents = 0};
    ::poll(&end, 1, k_patience_ms);
  }
  ::close(process);
}

// The number of programs that were ended.
Result<std::size_t> end_programs(std::string_view mark) {
  std::size_t count = 0;
  for (int round = 0; round < k_rounds; ++round) {
    const auto found = programs_of(mark);
    if (found.empty()) return count;
    count += found.size();
    for (const pid_t id : found) kill_and_wait(id, mark);
  }
  return Error(Fault::system, "end the programs of the lab", "they do not end when they are killed",
               "see who they are with: ps -e -o pid,stat,args");
}

struct Line {
  std::string name;
  std::uint64_t cookie;
};

// "namespace COOKIE NAME" a line; one that a killed process has not finished is none.
std::vector<Line> lines_of(const fs::path& book) {
  std::vector<Line> lines;
  std::istringstream text(content_of(book));
  std::string line;
  while (std::getline(text, line) && !text.eof()) {
    std::istringstream words(line);
    std::string kind;
    Line read{};
    if (words >> kind >> read.cookie >> read.name && kind == "namespace") lines.push_back(read);
  }
  return lines;
}

// All that a book names, and the book.
Result<LeftOvers> clear(const std::string& folder, const std::string& mark) {
  LeftOvers cleared;
  const auto ended = end_programs(mark);
  if (!ended) return ended.error();
  cleared.programs = *ended;
  const fs::path book = fs::path(folder) / (mark + std::string(k_suffix));
  for (const Line& line : lines_of(book)) {
    const auto removed = NetworkNamespace::remove_name(line.name, line.cookie);
    if (!removed) return removed.error();
    if (*removed) cleared.namespaces.push_back(line.name);
  }
  std::error_code fault;
  fs::remove_all(fs::path(folder) / mark, fault);
  fs::remove(book, fault);  // last: what is not removed yet is still known
  return cleared;
}

}  // namespace

std::string lab_folder() {
  if (::geteuid() == 0) return "/run/patchbay-lab";
  const char* const runtime = std::getenv("XDG_RUNTIME_DIR");
  if (runtime != nullptr && *runtime == '/') return fmt::format("{}/patchbay-lab", runtime);
  return fmt::format("/tmp/patchbay-lab-{}", ::geteuid());
}

Result<LabLock> LabLock::take(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0755) != 0 && errno != EEXIST) {
    return Error::from_errno(errno, k_operation).about(folder);
  }
  // Somebody else's folder of this name could be a trap: /tmp is open to all.
  struct stat status{};
  if (::lstat(folder.c_str(), &status) != 0 || !S_ISDIR(status.st_mode) ||
      status.st_uid != ::geteuid()) {
    return Error(Fault::permission, k_operation, "it belongs to somebody else").about(folder);
  }
  const std::string path = folder + "/lock";
  const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return Error::from_errno(errno, k_operation).about(folder);
  int locked;
  do {
    locked = ::flock(descriptor, LOCK_EX);
  } while (locked != 0 && errno == EINTR);
  if (locked == 0) return LabLock(descriptor);
  const int code = errno;
  ::close(descriptor);
  return Error::from_errno(code, k_operation).about(folder);
}

LabLock::LabLock(LabLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

LabLock& LabLock::operator=(LabLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

LabLock::~LabLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<std::string> mark_of(pid_t process) {
  const std::string stat = content_of(fmt::format("/proc/{}/stat", process));
  // The name of the program stands in brackets and may hold anything (proc(5)).
  const std::size_t bracket = stat.rfind(')');
  if (bracket == std::string::npos) return std::nullopt;
  std::istringstream fields(stat.substr(bracket + 1));
  std::string field;
  fields >> field;
  // It has ended, and whoever started it has not asked how; some never do.
  if (field == "Z" || field == "X") return std::nullopt;
  for (int i = 4; i <= 22; ++i) fields >> field;  // the 22nd of all is the time of its start
  return fmt::format("{}-{}", process, field);
}

bool is_left_over(std::string_view mark) {
  const auto process = process_of(mark);
  return process && mark_of(*process) != mark;
}

Result<LabBook> LabBook::open(const std::string& folder) {
  const std::string mark = mark_of(::getpid()).value_or("");
  const std::string path = fmt::format("{}/{}{}", folder, mark, k_suffix);
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW;
  const int descriptor = ::open(path.c_str(), flags, 0600);
  if (descriptor < 0) return Error::from_errno(errno, k_operation).about(folder);
  LabBook book(folder, mark, descriptor);
  if (::mkdir(fmt::format("{}/{}", folder, mark).c_str(), 0755) == 0) return book;
  return Error::from_errno(errno, k_operation).about(folder);
}

LabBook::LabBook(LabBook&& other) noexcept
    : folder_(std::move(other.folder_)),
      mark_(std::move(other.mark_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

LabBook::~LabBook() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

Result<> LabBook::write_down(const std::string& name, const NetworkNamespace& made) {
  const auto cookie = made.cookie();
  if (!cookie) return cookie.error();
  const std::string line = fmt::format("namespace {} {}\n", *cookie, name);
  const ssize_t written = ::write(descriptor_, line.data(), line.size());
  if (written == static_cast<ssize_t>(line.size())) return ok();
  return Error::from_errno(written < 0 ? errno : ENOSPC, k_operation).about(folder_);
}

std::string LabBook::file(std::string_view name) const {
  return fmt::format("{}/{}/{}", folder_, mark_, name);
}

Result<> LabBook::close() {
  const auto cleared = clear(folder_, mark_);
  if (!cleared) return cleared.error();
  return ok();
}

Result<LeftOvers> remove_left_overs(const std::string& folder) {
  std::vector<std::string> marks;
  std::error_code fault;
  fs::directory_iterator entry(folder, fault);
  for (; !fault && entry != fs::directory_iterator(); entry.increment(fault)) {
    const fs::path& path = entry->path();
    if (path.extension() == k_suffix && is_left_over(path.stem().native())) {
      marks.push_back(path.stem());
    }
  }
  LeftOvers all;
  for (const std::string& mark : marks) {
    const auto cleared = clear(folder, mark);
    if (!cleared) return cleared.error();
    all.programs += cleared->programs;
    all.namespaces.insert(all.namespaces.end(), cleared->namespaces.begin(),
                          cleared->namespaces.end());
  }
  return all;
}

}  // namespace patchbay
