#include "patchbay/tools/http/part_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <utility>

#include "patchbay/http/rename_if_free.hpp"
#include "patchbay/net/blocking.hpp"

namespace patchbay {

namespace {

// Notes of the first version have no total, and can be gone on with.
constexpr std::string_view k_first_line = "patchbay part 2\n";
constexpr std::string_view k_former_first_line = "patchbay part 1\n";
constexpr std::size_t k_longest_note = 64 * 1024;
constexpr int k_attempts = 10;  // to have the lock of a file that still has its name

// All of a small file; nothing where there is none, or it is none of ours.
std::optional<std::string> read_small(int folder, const char* name) {
  const int file = ::openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return std::nullopt;
  std::string text(k_longest_note, '\0');
  const ssize_t got = ::read(file, text.data(), text.size());
  ::close(file);
  if (got < 0 || static_cast<std::size_t>(got) == text.size()) return std::nullopt;
  text.resize(static_cast<std::size_t>(got));
  return text;
}

std::optional<std::string_view> take_line(std::string_view& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<PartNote> parse_note(std::string_view text) {
  const bool has_total = text.starts_with(k_first_line);
  if (!has_total && !text.starts_with(k_former_first_line)) return std::nullopt;
  text.remove_prefix(k_first_line.size());
  const auto url = take_line(text);
  const auto validator = take_line(text);
  if (!url || !validator) return std::nullopt;
  PartNote note{.url = std::string(*url), .validator = std::string(*validator)};
  if (has_total) {
    const auto line = take_line(text);
    if (!line) return std::nullopt;
    if (!line->empty()) {
      std::uint64_t total = 0;
      const auto [end, error] = std::from_chars(line->begin(), line->end(), total);
      if (error != std::errc() || end != line->end()) return std::nullopt;
      note.total = total;
    }
  }
  return text.empty() ? std::optional(note) : std::nullopt;
}

std::string text_of(const PartNote& note) {
  return std::string(k_first_line) + note.url + '\n' + note.validator + '\n' +
         (note.total ? std::to_string(*note.total) : std::string()) + '\n';
}

// A FIFO, a device or a link would be replaced, not written to.
Result<> check_name(int folder, const std::string& name) {
  struct stat status = {};
  if (::fstatat(folder, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return ok();
  if (S_ISDIR(status.st_mode)) return Error::from_errno(EISDIR, "write");
  if (S_ISREG(status.st_mode)) return ok();
  return Error(Fault::storage, "write", "what has that name is no file", "choose another name");
}

// Is the open file still the one of this name? Another process may have put it in its place
// between our open and our lock.
bool still_named(int file, int folder, const std::string& name) {
  struct stat ours = {}, named = {};
  return ::fstat(file, &ours) == 0 &&
         ::fstatat(folder, name.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
         ours.st_dev == named.st_dev && ours.st_ino == named.st_ino;
}

// The open, locked part; or an error without a subject.
Result<int> open_locked(int folder, const std::string& name) {
  for (int attempt = 0; attempt < k_attempts; ++attempt) {
    const int file = ::openat(folder, name.c_str(),
                              O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0666);
    if (file < 0) return Error::from_errno(errno, "write");
    struct stat status = {};
    Result<int> result = file;
    if (::fstat(file, &status) != 0) {
      result = Error::from_errno(errno, "write");
    } else if (!S_ISREG(status.st_mode) || status.st_uid != ::geteuid()) {
      result = Error(Fault::permission, "go on with", "it is no file of yours",
                     "remove it, or choose another name");
    } else if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
      result = Error(Fault::storage, "write", "another download is writing it",
                     "wait for its end, or choose another name with -o");
    } else if (still_named(file, folder, name)) {
      return file;
    }
    ::close(file);
    if (!result) return result;
  }
  return Error(Fault::storage, "write", "others put files in its place again and again");
}

}  // namespace

PartFile::PartFile(std::string path, int folder, int file)
    : path_(std::move(path)), folder_(folder), file_(file) {
  const std::size_t slash = path_.rfind('/');
  name_ = path_.substr(slash == std::string::npos ? 0 : slash + 1);
  part_name_ = "." + name_ + ".part";
  part_path_ = path_.substr(0, path_.size() - name_.size()) + part_name_;
}

PartFile::PartFile(PartFile&& other) noexcept
    : path_(std::move(other.path_)),
      part_path_(std::move(other.part_path_)),
      name_(std::move(other.name_)),
      part_name_(std::move(other.part_name_)),
      folder_(std::exchange(other.folder_, -1)),
      file_(std::exchange(other.file_, -1)),
      size_(other.size_),
      note_(std::move(other.note_)) {}

PartFile::~PartFile() {
  if (file_ >= 0 && size_ == 0) {
    ::unlinkat(folder_, part_name_.c_str(), 0);
    ::unlinkat(folder_, note_name().c_str(), 0);
  }
  if (file_ >= 0) ::close(file_);
  if (folder_ >= 0) ::close(folder_);
}

Error PartFile::error(int code, const char* operation) const {
  return Error::from_errno(code, operation).about(part_path_);
}

Result<PartFile> PartFile::open(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  const std::string folder_path =
      slash == std::string::npos ? "." : path.substr(0, slash == 0 ? 1 : slash);
  const int folder = ::open(folder_path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return Error::from_errno(errno, "write to").about(folder_path);
  PartFile part(path, folder, -1);
  if (part.name_.empty()) return Error::from_errno(EISDIR, "write").about(path);
  if (const auto checked = check_name(folder, part.name_); !checked) {
    return checked.error().about(path);
  }
  const auto file = open_locked(folder, part.part_name_);
  if (!file) return file.error().about(part.part_path_);
  part.file_ = *file;
  struct stat status = {};
  if (::fstat(part.file_, &status) != 0) return part.error(errno, "write");
  part.size_ = static_cast<std::uint64_t>(status.st_size);
  if (const auto text = read_small(folder, part.note_name().c_str())) {
    part.note_ = parse_note(*text);
  }
  return part;
}

Result<> PartFile::begin(PartNote note, std::uint64_t keep) {
  // The note first goes, so that it never speaks of other bytes than those that are there.
  ::unlinkat(folder_, note_name().c_str(), 0);
  if (::ftruncate(file_, static_cast<off_t>(keep)) != 0) return error(errno, "write");
  size_ = keep;
  note_ = std::move(note);
  if (note_->validator.empty()) return ok();
  // Its URL is nobody else's to know.
  const int file = ::openat(folder_, note_name().c_str(),
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (file < 0) return error(errno, "write the note beside");
  const std::string text = text_of(*note_);
  const ssize_t written = ::write(file, text.data(), text.size());
  const int code = written < 0 ? errno : ENOSPC;
  ::close(file);
  if (written != static_cast<ssize_t>(text.size())) return error(code, "write the note beside");
  return ok();
}

Result<> PartFile::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return error(errno, "write");
    size_ += static_cast<std::uint64_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return ok();
}

Task<Result<>> PartFile::finish(bool replace) {
  int code = 0;
  co_await off_loop([this, &code] { code = ::fsync(file_) == 0 ? 0 : errno; });
  if (code != 0) co_return error(code, "put on the disk");
  if (const auto published = publish(replace); !published) co_return published;
  co_await off_loop([this] { ::fsync(folder_); });
  co_return ok();
}

Result<> PartFile::publish(bool replace) {
  int code = 0;
  if (!replace) {
    code = rename_if_free(folder_, part_name_.c_str(), name_.c_str());
  } else if (::renameat(folder_, part_name_.c_str(), folder_, name_.c_str()) != 0) {
    code = errno;
  }
  if (code != 0) return Error::from_errno(code, "give the download its name").about(path_);
  ::unlinkat(folder_, note_name().c_str(), 0);
  ::close(std::exchange(file_, -1));
  return ok();
}

}  // namespace patchbay
