#include "patchbay/http/folder_archive.hpp"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/http/folder_reader.hpp"
#include "patchbay/http/piece_source.hpp"

namespace patchbay {
namespace {

constexpr std::size_t k_piece_bytes = 128 * 1024;
constexpr std::size_t k_chunk_bytes = 64 * 1024;
constexpr std::size_t k_most_notes = 100;
constexpr std::size_t k_names_per_piece = 4096;
// What an archive takes: to read, pack and write, in each folder that it is in, and of each entry.
constexpr std::size_t k_working_bytes = 768 * 1024;
constexpr std::size_t k_level_bytes = 32 * 1024;
constexpr std::size_t k_zip_entry_bytes = 160;

// `name` is one segment. A pipe that took the place of a file is not waited for.
Result<std::shared_ptr<const HttpFile>> open_child(int folder, const char* name, int flags) {
  constexpr int always = O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
  const open_how how{.flags = static_cast<unsigned>(flags | always),
                     .mode = 0,
                     .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
  const long opened = ::syscall(SYS_openat2, folder, name, &how, sizeof how);
  if (opened < 0) return Error::from_errno(errno, "open").about(name);
  return std::make_shared<const HttpFile>(static_cast<int>(opened));
}

Result<FileFacts> facts_of_open(const HttpFile& file) {
  struct stat found;
  if (::fstat(file.descriptor(), &found) != 0) return Error::from_errno(errno, "look at the file");
  const FileKind kind = S_ISREG(found.st_mode)   ? FileKind::file
                        : S_ISDIR(found.st_mode) ? FileKind::folder
                                                 : FileKind::special;
  return FileFacts{.kind = kind,
                   .size_bytes = static_cast<std::uint64_t>(found.st_size),
                   .modified = found.st_mtim.tv_sec,
                   .mode = found.st_mode & 0777u};
}

// A name for the notes that no file of the folder has.
std::string free_name(int folder) {
  std::string name = "patchbay-note.txt";
  for (int number = 2; number < 100 && ::faccessat(folder, name.c_str(), F_OK, 0) == 0; ++number) {
    name = "patchbay-note-" + std::to_string(number) + ".txt";
  }
  return name;
}

// What the reader of the archive should know. Bounded, whatever goes wrong how often.
class Notes {
 public:
  void add(std::string_view path, std::string_view what) {
    if (++count_ > k_most_notes) return;
    text_ += escape_terminal(path);
    text_ += ": ";
    text_ += what;
    text_ += '\n';
  }
  void add_link() { ++links_; }

  bool empty() const { return count_ + links_ == 0; }

  std::string text() const {
    std::string all = "Not everything in this archive is as it was in the folder.\n\n" + text_;
    if (count_ > k_most_notes) {
      all += "… and " + format_count(count_ - k_most_notes, "further note") + ".\n";
    }
    if (links_ > 0) all += format_count(links_, "symbolic link") + " left out.\n";
    return all;
  }

 private:
  std::string text_;
  std::size_t count_ = 0;
  std::size_t links_ = 0;
};

class FolderArchiveSource : public PieceSource {
 public:
  explicit FolderArchiveSource(FolderArchive archive)
      : PieceSource("pack the folder"), archive_(std::move(archive)), chunk_(k_chunk_bytes) {}

 protected:
  Result<bool> make_piece(std::string& out) override;

 private:
  struct Level {
    FolderReader reader;
    std::string path;  // "" or "a/b/"
  };
  struct OpenFile {
    std::shared_ptr<const HttpFile> file;
    std::string path;
    std::uint64_t size = 0;
    std::uint64_t left = 0;
    bool is_short = false;  // nothing more comes: the rest is made up
  };

  Result<> start();
  bool fits();
  Result<> go_on();
  Result<> next_name();
  Result<> add(const FolderReader::Name& name);
  Result<> add_folder(const FolderReader::Name& name, std::string path);
  Result<> add_file(const FolderReader::Name& name, std::string path);
  Result<> copy();
  void fall_short(std::string_view why);
  Result<> end_file();
  Result<> end();
  Result<> add_notes();
  std::string named(std::string_view path) const;

  FolderArchive archive_;
  std::string written_;  // before writer_, which may write until its end
  std::unique_ptr<ArchiveWriter> writer_;
  std::vector<Level> levels_;
  std::optional<OpenFile> file_;
  std::vector<std::byte> chunk_;
  std::size_t entries_ = 0;
  FileFacts top_;
  std::string note_name_;
  Notes notes_;
  bool done_ = false;
};

Result<bool> FolderArchiveSource::make_piece(std::string& out) {
  if (writer_ == nullptr) {
    const auto started = start();
    if (!started) return started.error();
  }
  for (std::size_t steps = 0; !done_ && steps < k_names_per_piece; ++steps) {
    if (written_.size() >= k_piece_bytes) break;
    const auto gone_on = go_on();
    if (!gone_on) return gone_on.error();
  }
  out.swap(written_);
  return !done_;
}

bool FolderArchiveSource::fits() {
  const std::size_t each = archive_.format == ArchiveFormat::zip ? k_zip_entry_bytes : 0;
  return archive_.memory.hold(k_working_bytes + levels_.size() * k_level_bytes + entries_ * each);
}

Result<> FolderArchiveSource::start() {
  const auto facts = facts_of_open(*archive_.folder);
  if (!facts) return facts.error();
  top_ = *facts;
  auto writer = ArchiveWriter::make(archive_.format, written_);
  if (!writer) return writer.error();
  writer_ = std::move(*writer);
  note_name_ = free_name(archive_.folder->descriptor());
  levels_.push_back({FolderReader(std::move(archive_.folder)), ""});
  // Reading it once shows whether it can be read at all, before an answer is begun.
  const auto first = next_name();
  if (!first) return first.error();
  return ok();
}

Result<> FolderArchiveSource::go_on() {
  if (file_) return copy();
  if (!levels_.empty()) return next_name();
  return end();
}

Result<> FolderArchiveSource::next_name() {
  Level& level = levels_.back();
  const auto name = level.reader.next();
  const bool is_first = levels_.size() == 1 && entries_ == 0;
  if (!name && is_first) return name.error();
  if (is_first && !archive_.name.empty()) {
    ++entries_;
    const auto added = writer_->add_folder(archive_.name, top_);
    if (!added) return added.error();
  }
  if (!name)
    notes_.add(level.path, "this folder could not be read to its end: " + name.error().why());
  if (!name || !*name) {
    levels_.pop_back();
    return ok();
  }
  return add(**name);
}

Result<> FolderArchiveSource::add(const FolderReader::Name& name) {
  if (name.text[0] == '.') return ok();
  const Level& level = levels_.back();
  std::string path = level.path + name.text;
  if (archive_.wanted && !archive_.wanted(path)) return ok();
  const bool is_full = entries_ >= archive_.most_entries;
  if (is_full || !fits()) {
    std::string what = "this and all that would follow is left out: ";
    what += is_full ? "an archive has at most " + std::to_string(archive_.most_entries) +
                          " files and folders"
                    : "there is no memory left for archives";
    notes_.add(path, what);
    levels_.clear();
    return ok();
  }
  FileKind kind = name.kind;
  if (kind == FileKind::unknown) {
    const auto facts = facts_of(level.reader.descriptor(), name.text);
    if (facts) kind = facts->kind;
    if (!facts) notes_.add(path, "left out: " + facts.error().why());
  }
  if (kind == FileKind::folder) return add_folder(name, std::move(path));
  if (kind == FileKind::file) return add_file(name, std::move(path));
  if (kind == FileKind::link) notes_.add_link();
  return ok();
}

Result<> FolderArchiveSource::add_folder(const FolderReader::Name& name, std::string path) {
  if (levels_.size() >= archive_.most_depth) {
    notes_.add(path, "left out: it is too deep");
    return ok();
  }
  auto folder = open_child(levels_.back().reader.descriptor(), name.text, O_DIRECTORY);
  if (!folder) {
    notes_.add(path, "left out: " + folder.error().why());
    return ok();
  }
  const auto facts = facts_of_open(**folder);
  if (!facts) return facts.error();
  ++entries_;
  const auto added = writer_->add_folder(named(path), *facts);
  if (!added && added.error().fault() != Fault::limit) return added.error();
  if (!added) notes_.add(path, "left out: " + added.error().why());
  if (added) levels_.push_back({FolderReader(std::move(*folder)), path + '/'});
  return ok();
}

Result<> FolderArchiveSource::add_file(const FolderReader::Name& name, std::string path) {
  auto file = open_child(levels_.back().reader.descriptor(), name.text, 0);
  if (!file) {
    notes_.add(path, "left out: " + file.error().why());
    return ok();
  }
  const auto facts = facts_of_open(**file);
  if (!facts) return facts.error();
  if (facts->kind != FileKind::file) return ok();  // swapped since
  ++entries_;
  const auto begun = writer_->begin_file(named(path), *facts);
  if (!begun && begun.error().fault() != Fault::limit) return begun.error();
  if (!begun) {
    notes_.add(path, "left out: " + begun.error().why());
    return ok();
  }
  file_ = OpenFile{.file = std::move(*file),
                   .path = std::move(path),
                   .size = facts->size_bytes,
                   .left = facts->size_bytes};
  return ok();
}

Result<> FolderArchiveSource::copy() {
  OpenFile& file = *file_;
  if (file.left == 0) return end_file();
  const std::span<std::byte> room(chunk_.data(), std::min<std::uint64_t>(file.left, chunk_.size()));
  std::size_t count = room.size();
  if (!file.is_short) {
    const ssize_t got = ::read(file.file->descriptor(), room.data(), room.size());
    if (got < 0 && errno == EINTR) return ok();
    if (got <= 0) {
      fall_short(got == 0 ? "it became shorter while it was read"
                          : Error::from_errno(errno, "read").why());
      return ok();
    }
    count = static_cast<std::size_t>(got);
  }
  const auto written = writer_->write(room.first(count));
  file.left -= count;
  return written;
}

// A tar has said how long the entry is.
void FolderArchiveSource::fall_short(std::string_view why) {
  OpenFile& file = *file_;
  const bool is_tar = archive_.format == ArchiveFormat::tar;
  std::string what = "only the first ";
  what += format_count(file.size - file.left, "byte");
  what += " of " + std::to_string(file.size);
  what += is_tar ? " are right, the rest is zeros: " : " are here: ";
  what += why;
  notes_.add(file.path, what);
  file.is_short = true;
  if (!is_tar) file.left = 0;
  std::ranges::fill(chunk_, std::byte{0});
}

Result<> FolderArchiveSource::end_file() {
  OpenFile& file = *file_;
  std::byte one;
  if (!file.is_short && ::read(file.file->descriptor(), &one, 1) > 0) {
    notes_.add(file.path, "it grew while it was read: only the first " +
                              format_count(file.size, "byte") + " are here");
  }
  file_.reset();
  return writer_->end_file();
}

Result<> FolderArchiveSource::end() {
  done_ = true;
  if (!notes_.empty()) {
    const auto added = add_notes();
    if (!added) return added.error();
  }
  return writer_->finish();
}

Result<> FolderArchiveSource::add_notes() {
  const std::string text = notes_.text();
  const FileFacts facts{
      .kind = FileKind::file, .size_bytes = text.size(), .modified = top_.modified, .mode = 0644};
  auto begun = writer_->begin_file(named(note_name_), facts);
  if (!begun) return begun.error();
  const auto written = writer_->write(std::as_bytes(std::span(text)));
  if (!written) return written.error();
  return writer_->end_file();
}

std::string FolderArchiveSource::named(std::string_view path) const {
  std::string name = archive_.name;
  if (!name.empty()) name += '/';
  name += path;
  return name;
}

}  // namespace

Task<Result<std::shared_ptr<HttpSource>>> archive_folder(FolderArchive archive) {
  if (!archive.memory.hold(k_working_bytes)) {
    co_return Error(Fault::limit, "pack the folder", "there is no memory left for archives");
  }
  auto source = std::make_shared<FolderArchiveSource>(std::move(archive));
  const auto begun = co_await source->begin();
  if (!begun) co_return begun.error();
  co_return std::shared_ptr<HttpSource>(std::move(source));
}

}  // namespace patchbay
