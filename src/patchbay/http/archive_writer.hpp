// ArchiveWriter: an archive, entry by entry, into a string that somebody empties.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"
#include "patchbay/http/folder_reader.hpp"

struct archive;
struct archive_entry;

namespace patchbay {

struct ArchiveLibrary;

enum class ArchiveFormat : std::uint8_t { tar, zip };

// "application/x-tar", "application/zip".
std::string_view media_type_of(ArchiveFormat format);

// Entries have a name, a mode and a time; nobody's user or group. Tar is POSIX's pax: names are
// UTF-8, and those that are not keep their bytes. Zip is deflated with little effort, with ZIP64
// where it is needed; names that are not UTF-8 get U+FFFD. The first one waits until the library is
// loaded.
//
// Faults: `limit` for an entry that the format cannot hold: leave it out and go on. After `system`
// the archive is broken.
class ArchiveWriter {
 public:
  // Adds what it writes to `out`, which outlives it.
  static Result<std::unique_ptr<ArchiveWriter>> make(ArchiveFormat format, std::string& out);
  ~ArchiveWriter();
  ArchiveWriter(const ArchiveWriter&) = delete;
  ArchiveWriter& operator=(const ArchiveWriter&) = delete;

  Result<> add_folder(std::string_view name, const FileFacts& facts);
  // As many bytes as facts.size_bytes says, then end_file(). A zip may have fewer; of a tar the
  // rest is zeros.
  Result<> begin_file(std::string_view name, const FileFacts& facts);
  Result<> write(std::span<const std::byte> bytes);
  Result<> end_file();
  // The end of the archive.
  Result<> finish();

  ArchiveFormat format() const { return format_; }

 private:
  ArchiveWriter(const ArchiveLibrary& library, ArchiveFormat format);

  Result<> begin_entry(std::string_view name, const FileFacts& facts, unsigned type);

  const ArchiveLibrary& library_;
  ArchiveFormat format_;
  archive* archive_;
};

}  // namespace patchbay
