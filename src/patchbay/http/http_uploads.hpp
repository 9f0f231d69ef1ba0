// HttpUploads: takes files by PUT, and by the forms of browsers (POST, multipart/form-data), into a
// folder. Everything else goes to the handler behind it.
#pragma once

#include <memory>
#include <string>

#include "patchbay/http/http_handler.hpp"
#include "patchbay/http/http_response.hpp"
#include "patchbay/wire/http_path.hpp"

namespace patchbay {

struct HttpUploadOptions {
  std::uint64_t most_bytes = 1ull << 30;  // of one file, and of all files of one form
  bool dotfiles = false;                  // names that begin with a dot may be written
};

// PUT replaces a file (204) or makes it (201), as RFC 9110 section 9.3.4 and the conditions of
// section 13 say. A form adds files and replaces none. A file is there whole or not at all: a full
// disk is 507, a client that leaves in the middle leaves nothing. What pages of other origins send
// is refused (403).
class HttpUploads final : public HttpHandler {
 public:
  // Faults: storage, permission, when the folder cannot be opened.
  static Result<std::shared_ptr<HttpUploads>> open(std::shared_ptr<HttpHandler> inner,
                                                   const std::string& folder,
                                                   HttpUploadOptions options = {});

  std::optional<HttpResponse> answer_now(HttpRequest& request) override;
  Task<HttpResponse> answer(HttpRequest& request) override;

 private:
  HttpUploads(std::shared_ptr<HttpHandler> inner, std::shared_ptr<const HttpFile> root,
              HttpUploadOptions options)
      : inner_(std::move(inner)), root_(std::move(root)), options_(options) {}

  std::optional<HttpResponse> refuse(const HttpRequest& request, const DecodedPath& path) const;
  Task<HttpResponse> put(HttpRequest& request, std::string path);
  Task<HttpResponse> post(HttpRequest& request, std::string path);

  std::shared_ptr<HttpHandler> inner_;
  std::shared_ptr<const HttpFile> root_;
  HttpUploadOptions options_;
};

}  // namespace patchbay
