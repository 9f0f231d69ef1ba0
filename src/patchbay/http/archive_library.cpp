#include "patchbay/http/archive_library.hpp"

#include <dlfcn.h>

#include <optional>

namespace patchbay {
namespace {

template <class Function>
bool find(void* library, const char* name, Function*& function) {
  function = reinterpret_cast<Function*>(::dlsym(library, name));
  return function != nullptr;
}

// Nothing when it is not there. Never unloaded.
std::optional<ArchiveLibrary> load() {
  void* const library = ::dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) return std::nullopt;
  ArchiveLibrary found;
  const bool complete =
      find(library, "archive_write_new", found.write_new) &&
      find(library, "archive_write_free", found.write_free) &&
      find(library, "archive_write_set_format_pax_restricted",
           found.write_set_format_pax_restricted) &&
      find(library, "archive_write_set_format_zip", found.write_set_format_zip) &&
      find(library, "archive_write_set_options", found.write_set_options) &&
      find(library, "archive_write_set_bytes_per_block", found.write_set_bytes_per_block) &&
      find(library, "archive_write_open", found.write_open) &&
      find(library, "archive_write_header", found.write_header) &&
      find(library, "archive_write_data", found.write_data) &&
      find(library, "archive_write_finish_entry", found.write_finish_entry) &&
      find(library, "archive_write_close", found.write_close) &&
      find(library, "archive_entry_new", found.entry_new) &&
      find(library, "archive_entry_free", found.entry_free) &&
      find(library, "archive_entry_copy_pathname", found.entry_copy_pathname) &&
      find(library, "archive_entry_set_filetype", found.entry_set_filetype) &&
      find(library, "archive_entry_set_perm", found.entry_set_perm) &&
      find(library, "archive_entry_set_size", found.entry_set_size) &&
      find(library, "archive_entry_set_mtime", found.entry_set_mtime);
  if (!complete) return std::nullopt;
  return found;
}

}  // namespace

Result<const ArchiveLibrary*> ArchiveLibrary::get() {
  static const std::optional<ArchiveLibrary> library = load();
  if (library) return &*library;
  return Error(Fault::storage, "make an archive", "libarchive is not installed",
               "sudo apt-get install libarchive13");
}

}  // namespace patchbay
