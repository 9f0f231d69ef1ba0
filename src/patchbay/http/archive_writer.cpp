#include "patchbay/http/archive_writer.hpp"

#include <locale.h>

#include "patchbay/base/text.hpp"
#include "patchbay/http/archive_library.hpp"

namespace patchbay {
namespace {

// libarchive takes names to be in the character set of the thread's locale, and a program that has
// not chosen one is in ASCII.
class Utf8Locale {
 public:
  Utf8Locale() : before_(::uselocale(utf8())) {}
  ~Utf8Locale() { ::uselocale(before_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  // Where there is none nothing changes: names beyond ASCII then keep their bytes.
  static locale_t utf8() {
    static const locale_t made = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    return made;
  }

  locale_t before_;
};

la_ssize_t append(archive*, void* out, const void* bytes, std::size_t count) {
  static_cast<std::string*>(out)->append(static_cast<const char*>(bytes), count);
  return static_cast<la_ssize_t>(count);
}

Error broken() { return Error(Fault::system, "make an archive", "libarchive has given up"); }

}  // namespace

std::string_view media_type_of(ArchiveFormat format) {
  return format == ArchiveFormat::tar ? "application/x-tar" : "application/zip";
}

Result<std::unique_ptr<ArchiveWriter>> ArchiveWriter::make(ArchiveFormat format, std::string& out) {
  const auto library = ArchiveLibrary::get();
  if (!library) return library.error();
  const ArchiveLibrary& call = **library;
  const Utf8Locale utf8;
  std::unique_ptr<ArchiveWriter> writer(new ArchiveWriter(call, format));
  archive* const made = writer->archive_;
  if (made == nullptr) return broken();
  const bool is_tar = format == ArchiveFormat::tar;
  const int chosen =
      is_tar ? call.write_set_format_pax_restricted(made) : call.write_set_format_zip(made);
  const char* const options =
      is_tar ? "hdrcharset=UTF-8" : "hdrcharset=UTF-8,compression=deflate,compression-level=1";
  if (chosen != ARCHIVE_OK || call.write_set_options(made, options) != ARCHIVE_OK ||
      // No blocks of a tape: what is written comes at once.
      call.write_set_bytes_per_block(made, 0) != ARCHIVE_OK ||
      call.write_open(made, &out, nullptr, append, nullptr) != ARCHIVE_OK) {
    return broken();
  }
  return writer;
}

ArchiveWriter::ArchiveWriter(const ArchiveLibrary& library, ArchiveFormat format)
    : library_(library), format_(format), archive_(library.write_new()) {}

// What is not finished is finished here, into `out`: it must still be there.
ArchiveWriter::~ArchiveWriter() {
  const Utf8Locale utf8;
  library_.write_free(archive_);
}

Result<> ArchiveWriter::add_folder(std::string_view name, const FileFacts& facts) {
  const std::string with_slash = std::string(name) + '/';
  const auto begun = begin_entry(with_slash, facts, AE_IFDIR);
  if (!begun) return begun.error();
  return end_file();
}

Result<> ArchiveWriter::begin_file(std::string_view name, const FileFacts& facts) {
  return begin_entry(name, facts, AE_IFREG);
}

Result<> ArchiveWriter::begin_entry(std::string_view name, const FileFacts& facts, unsigned type) {
  const Utf8Locale utf8;
  const std::string text = format_ == ArchiveFormat::zip ? to_valid_utf8(name) : std::string(name);
  archive_entry* const entry = library_.entry_new();
  if (entry == nullptr) return broken();
  library_.entry_copy_pathname(entry, text.c_str());
  library_.entry_set_filetype(entry, type);
  library_.entry_set_perm(entry, facts.mode);
  library_.entry_set_mtime(entry, facts.modified, 0);
  library_.entry_set_size(entry, type == AE_IFREG ? static_cast<la_int64_t>(facts.size_bytes) : 0);
  const int done = library_.write_header(archive_, entry);
  library_.entry_free(entry);
  if (done == ARCHIVE_FATAL) return broken();
  // A warning is about what could not be said of the entry, which is written all the same.
  if (done == ARCHIVE_OK || done == ARCHIVE_WARN) return ok();
  return Error(Fault::limit, "put into the archive", "its format cannot hold it").about(name);
}

Result<> ArchiveWriter::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const la_ssize_t taken = library_.write_data(archive_, bytes.data(), bytes.size());
    if (taken <= 0) return broken();
    bytes = bytes.subspan(static_cast<std::size_t>(taken));
  }
  return ok();
}

Result<> ArchiveWriter::end_file() {
  if (library_.write_finish_entry(archive_) == ARCHIVE_FATAL) return broken();
  return ok();
}

Result<> ArchiveWriter::finish() {
  const Utf8Locale utf8;
  if (library_.write_close(archive_) != ARCHIVE_OK) return broken();
  return ok();
}

}  // namespace patchbay
