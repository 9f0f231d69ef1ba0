// The media type of a file, by its name alone.
#pragma once

#include <string_view>

namespace patchbay {

// "text/html; charset=utf-8" for "index.html": the value of Content-Type, ready to be sent. It
// lives as long as the program. `file_name` may have folders in front.
//
// The extension is what stands behind the last dot, unless the name begins with that; its case does
// not matter. data/mime_types.tsv has the table. For any other it is "application/octet-stream":
// nobody looks into the file.
std::string_view mime_type_of(std::string_view file_name);

}  // namespace patchbay
