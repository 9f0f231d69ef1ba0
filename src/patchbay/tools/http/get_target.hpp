// What has the name that an answer's body is to get.
#pragma once

#include <string>

#include "patchbay/base/result.hpp"
#include "patchbay/net/stream.hpp"

namespace patchbay {

struct GetTarget {
  std::string path;        // where a link led, dangling ones too
  bool is_device = false;  // or a FIFO: it takes bytes as they come, and is never replaced
};

// Faults: storage for a folder, a terminal (which would obey what a server sends) and whatever else
// can take no download; permission.
Result<GetTarget> find_get_target(const std::string& path);

// Opens a device or FIFO to be written to, on this loop. `storage` for a FIFO that nobody reads.
Result<Stream> open_device(const std::string& path);

}  // namespace patchbay
