// StaticFile: a file as it is served: its validators, its fields made beforehand, and if it is
// small its content.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "patchbay/http/open_beneath.hpp"
#include "patchbay/wire/http_negotiation.hpp"

namespace patchbay {

// One form of a file: as it is, or in one of the content codings.
struct Representation {
  ContentCoding coding = ContentCoding::identity;
  bool packed_here = false;              // by pack(), and not found beside the file
  std::shared_ptr<const HttpFile> file;  // null when `whole` has it all
  std::uint64_t size = 0;                // bytes
  std::string etag;                      // strong, with its quotes
  HttpFieldList fields;
  std::shared_ptr<const HttpPrepared> whole;  // the 200, of a small file
};

struct StaticFile {
  std::string path;  // below the root, without a slash at its beginning
  struct stat status = {};
  std::string_view type;                                  // a literal
  std::optional<std::chrono::sys_seconds> modified = {};  // nothing: no Last-Modified
  bool compresses = false;                                // answers may differ by Accept-Encoding
  bool packs_now = false;  // is worth packing when somebody asks for it
  bool packing = false;    // somebody has asked, and it is under way
  Representation identity;
  std::array<std::optional<Representation>, 3> coded;  // see coded_as()

  std::optional<Representation>& coded_as(ContentCoding coding) {
    return coded[static_cast<std::size_t>(coding) - 1];
  }
  const std::optional<Representation>& coded_as(ContentCoding coding) const {
    return coded[static_cast<std::size_t>(coding) - 1];
  }
  // Is it what it was, as far as its status tells?
  bool is_same(const struct stat& other) const;
  // Does it keep a file of the disk open? Small ones are in memory.
  bool is_open() const;
  // What it takes, all its forms together.
  std::size_t memory_bytes() const;
};

struct StaticFileOptions {
  bool precompressed = true;  // file.br, file.zst and file.gz beside it, not older than it
  bool compress = true;       // what has none of those
  std::size_t most_in_memory = 32 * 1024;  // bytes of a file that is kept whole, in each coding
};

// The strong tag of a file that nobody has packed: changes with its time, its length, its identity.
std::string file_etag(const struct stat& status);

// The name of the file that a file of this name would be the packed form of; empty: of none.
std::string_view unpacked_name(std::string_view name);

// Where a file is looked for.
struct StaticPlace {
  int root;          // descriptor of the folder
  std::string path;  // below it
  std::chrono::sys_seconds now;
};

// Reads what is needed of an open regular file, and looks for its packed neighbours. Waits for the
// disk unless that is forbidden: then EAGAIN where it would have to. Last-Modified is never later
// than `now` (RFC 9110 section 8.8.2.1).
std::expected<std::shared_ptr<StaticFile>, int> load_static_file(const StaticPlace& place,
                                                                 OpenedFile opened,
                                                                 const StaticFileOptions& options,
                                                                 DiskWait wait);

// The form of it in this coding; waits for disk and processor. Nothing if it would not be shorter.
std::optional<Representation> pack(const StaticFile& file, ContentCoding coding);

}  // namespace patchbay
