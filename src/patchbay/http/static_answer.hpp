// The answer to GET and HEAD for a file: which form of it, whether it is needed at all, which parts
// (RFC 9110 sections 12 to 14).
#pragma once

#include <list>
#include <string>
#include <string_view>

#include "patchbay/http/http_request.hpp"
#include "patchbay/http/http_response.hpp"
#include "patchbay/http/static_file.hpp"

namespace patchbay {

// What of a request bears on that. Views of the request, or of `joined`.
struct FileWish {
  std::string_view accept_encoding, range, if_range;
  std::string_view if_match, if_none_match, if_modified_since, if_unmodified_since;
  std::list<std::string> joined;  // of fields that came in several lines

  explicit FileWish(const HttpRequest& request);
};

// The coding that suits the client best of those that the file has or could have; a part of a file
// is always one of the file as it is.
ContentCoding choose_coding(const FileWish& wish, const StaticFile& file);

// `coding` is one that the file has. `safe_method`: GET or HEAD, the only ones there are here.
HttpResponse answer_file(const FileWish& wish, const StaticFile& file, ContentCoding coding);

}  // namespace patchbay
