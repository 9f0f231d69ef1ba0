// FolderListing: what is in a folder, as content that is made while it is sent.
#pragma once

#include <cstddef>
#include <memory>

#include "patchbay/http/folder_format.hpp"
#include "patchbay/http/http_response.hpp"
#include "patchbay/http/http_source.hpp"
#include "patchbay/http/memory_budget.hpp"
#include "patchbay/net/task.hpp"

namespace patchbay {

struct FolderListing {
  std::shared_ptr<const HttpFile> folder;  // open for reading, at its beginning; read by none else
  FolderForm form = FolderForm::page;
  FolderHeading heading = {};
  bool dotfiles = false;                 // show names that begin with a dot
  std::size_t most_entries = 1'000'000;  // what comes beyond is not shown, and the listing says so
  std::size_t most_name_bytes = 128u << 20;  // of all names together: the memory that they take
  MemoryShare memory = MemoryShare();        // what it takes, a compressor behind it included
};

// Folders come first, then files and links, each by the order asked for and by the bytes of their
// names. Devices, pipes and sockets are left out. What vanishes while it is listed is left out too.
//
// The folder is read off the loop, in pieces. The beginning of the page is there at once; all names
// are read before the first of them is written, and a name costs 32 bytes and its own length until
// the source is gone. By name, sizes and times are asked for as the rows are written. A folder of
// a few hundred names is done with before the source is there, which then has a size().
//
// Faults, before anything is written: `permission`, `storage`, `system` (not open for reading),
// `limit` (its memory does not do to begin with; where it ends later the listing ends, and says
// so).
Task<Result<std::shared_ptr<HttpSource>>> list_folder(FolderListing listing);

}  // namespace patchbay
