// ArchiveLibrary: libarchive, loaded when the first archive is made. It brings libxml2 and ICU with
// it, which every start of the program would pay for, whatever it is to do.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include "patchbay/base/result.hpp"

namespace patchbay {

// The functions of <archive.h> and <archive_entry.h> that are used, without their "archive_".
struct ArchiveLibrary {
  decltype(&::archive_write_new) write_new;
  decltype(&::archive_write_free) write_free;
  decltype(&::archive_write_set_format_pax_restricted) write_set_format_pax_restricted;
  decltype(&::archive_write_set_format_zip) write_set_format_zip;
  decltype(&::archive_write_set_options) write_set_options;
  decltype(&::archive_write_set_bytes_per_block) write_set_bytes_per_block;
  decltype(&::archive_write_open) write_open;
  decltype(&::archive_write_header) write_header;
  decltype(&::archive_write_data) write_data;
  decltype(&::archive_write_finish_entry) write_finish_entry;
  decltype(&::archive_write_close) write_close;
  decltype(&::archive_entry_new) entry_new;
  decltype(&::archive_entry_free) entry_free;
  decltype(&::archive_entry_copy_pathname) entry_copy_pathname;
  decltype(&::archive_entry_set_filetype) entry_set_filetype;
  decltype(&::archive_entry_set_perm) entry_set_perm;
  decltype(&::archive_entry_set_size) entry_set_size;
  decltype(&::archive_entry_set_mtime) entry_set_mtime;

  // Blocks the first time: a few milliseconds. `storage` where it is not installed.
  static Result<const ArchiveLibrary*> get();
};

}  // namespace patchbay
