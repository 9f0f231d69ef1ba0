// FolderArchive: a folder and all below it as one tar or zip, made while it is sent.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "patchbay/http/archive_writer.hpp"
#include "patchbay/http/http_response.hpp"
#include "patchbay/http/http_source.hpp"
#include "patchbay/http/memory_budget.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

struct FolderArchive {
  std::shared_ptr<const HttpFile> folder;  // open for reading, at its beginning; read by none else
  std::string name;  // of the one folder at the top of the archive; "": there is none
  ArchiveFormat format = ArchiveFormat::tar;
  // False for what is to be left out, and of a folder all below it. Is given "a/b", seen from the
  // folder, and called on other threads than the loop's, one at a time. Null: all is wanted.
  std::function<bool(std::string_view)> wanted = {};
  // What goes beyond is left out, and the archive says so. A zip keeps about 150 bytes of each
  // entry until its end.
  std::size_t most_entries = 200'000;
  std::size_t most_depth = 64;         // folders within each other: one descriptor each
  MemoryShare memory = MemoryShare();  // what it takes
};

// Files and folders, in the order the file system has them. Names that begin with a dot are left
// out, and so are devices, pipes and sockets. So are symbolic links: what they lead to may be
// outside, they tell of paths on this machine, and to extract one is how archives write where they
// should not.
//
// Each name is opened beneath its own folder (RESOLVE_BENEATH, no link), so what is swapped while
// the archive is made leads nowhere else. A file has the size that it had when it was opened: what
// is missing is zeros in a tar and not there in a zip, what came on top is not there. All that
// could not be read or is not as it was is told in a last entry, patchbay-note.txt; without such
// there is none.
//
// Reading and packing happen off the loop, about 128 KiB at a time. Faults, before anything is
// written: `permission`, `storage`, `system`, `limit` (its memory does not do to begin with; where
// it ends later the rest is left out, and the archive says so).
Task<Result<std::shared_ptr<HttpSource>>> archive_folder(FolderArchive archive);

}  // namespace patchbay
