// CompressedSource: another source's content, compressed while it is sent.
#pragma once

#include <memory>

#include "patchbay/http/compressor.hpp"
#include "patchbay/http/http_source.hpp"

namespace patchbay {

// Whatever one read of `inner` brings can be decompressed by the reader at once: a source that has
// to wait, such as one of events, is not held back. Reads `inner` in pieces of at most 64 KiB, and
// compresses all but small ones off the loop; where a piece has all of these 64 KiB, the next is
// read meanwhile. Its faults are those of `inner`, and `limit` when
// there is no memory to compress in. With identity it is `inner` itself.
std::shared_ptr<HttpSource> compressed(std::shared_ptr<HttpSource> inner, ContentCoding coding);

}  // namespace patchbay
