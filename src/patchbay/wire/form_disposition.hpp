// FormDisposition: the Content-Disposition of a part of multipart/form-data (RFC 7578 section 4.2),
// which names the field of the form and the file that was chosen for it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "patchbay/base/result.hpp"

namespace patchbay {

struct FormDisposition {
  std::string name;                     // of the field: any bytes, it may be empty
  std::optional<std::string> filename;  // a plain name, as plain_file_name() makes it
};

// `value` is that of the field: form-data; name="…"; filename="…". Quotes within names come as
// %22 (browsers) or \" (others), line ends as %0D%0A; no other escape is undone, since nobody
// writes any. filename* is passed over: RFC 7578 forbids it here.
//
// filename="" is what a browser sends when no file was chosen: then `filename` is nothing. Fault
// `protocol` for any other type, a text that cannot be read, no name or two of them, and a file
// name that plain_file_name() refuses.
Result<FormDisposition> parse_form_disposition(std::string_view value);

// What stands behind the last slash or backslash of a name that a stranger chose for a file.
// Nothing when that is empty, ".", "..", longer than 255 bytes, or has a control character (0x00
// to 0x1f, 0x7f). What it names may still be hidden (".profile"), and its bytes need not be UTF-8.
std::optional<std::string_view> plain_file_name(std::string_view name);

}  // namespace patchbay
