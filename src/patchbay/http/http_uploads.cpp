#include "patchbay/http/http_uploads.hpp"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/http/open_beneath.hpp"
#include "patchbay/http/static_file.hpp"
#include "patchbay/http/stored_upload.hpp"
#include "patchbay/net/blocking.hpp"
#include "patchbay/net/loop.hpp"
#include "patchbay/wire/http_condition.hpp"
#include "patchbay/wire/multipart_reader.hpp"

namespace patchbay {

namespace {

constexpr std::size_t k_piece_bytes = 256 * 1024;
constexpr std::size_t k_first_bytes = 16 * 1024;  // what a client that sends little has to itself

HttpResponse storage_error(int code) {
  switch (code) {
    case ENOSPC:
    case EDQUOT: return HttpResponse::error(507, "the disk is full");
    case EACCES:
    case EPERM:
    case EROFS: return HttpResponse::error(403, "nothing can be written there");
    case EEXIST: return HttpResponse::error(409, "there is a file of this name");
    case EISDIR:
    case ENOTEMPTY: return HttpResponse::error(409, "there is a folder of this name");
    case ENOENT:
    case ENOTDIR:
    case EXDEV:
    case ELOOP: return HttpResponse::error(409, "there is no such folder to put it in");
    case ENAMETOOLONG: return HttpResponse::error(414, "the name is too long");
    case EFBIG: return HttpResponse::error(413, "the file is too large for this disk");
    default: return HttpResponse::error(500, "it could not be stored");
  }
}

HttpResponse too_large(std::uint64_t most) {
  return HttpResponse::error(413, "at most " + format_size(most) + " are taken");
}

HttpResponse not_as_expected() {
  return HttpResponse::error(412, "the file is not what was expected");
}

HttpResponse body_error(const Error& error) {
  if (error.fault() == Fault::limit) return HttpResponse::error(413, error.why());
  return HttpResponse::error(error.fault() == Fault::timed_out ? 408 : 400, error.why());
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

// "https://files.example:8443" is the origin of pages of "files.example:8443".
bool is_own_origin(std::string_view origin, std::string_view host) {
  const std::size_t mark = origin.find("://");
  return mark != std::string_view::npos && equal_ignoring_case(origin.substr(mark + 3), host);
}

// Reads a piece as large as it can be had: a write costs a trip to another thread. Its memory grows
// with what has come: many may send slowly, or nothing yet.
Task<Result<std::size_t>> read_piece(HttpSource& body, std::string& piece) {
  std::size_t filled = 0;
  while (filled < k_piece_bytes) {
    if (filled == piece.size()) piece.resize(std::clamp(4 * filled, k_first_bytes, k_piece_bytes));
    const auto got =
        co_await body.read(std::as_writable_bytes(std::span(piece).subspan(filled)), Deadline());
    if (!got) co_return got.error();
    if (*got == 0) break;
    filled += *got;
  }
  piece.resize(filled);
  co_return filled;
}

// The condition of a PUT against what is there (RFC 9110 section 13.2).
bool may_replace(const HttpRequest& request, const std::expected<OpenedFile, int>& there,
                 std::chrono::sys_seconds now) {
  const std::string if_match = request.fields.all("if-match");
  const std::string if_none_match = request.fields.all("if-none-match");
  const HttpConditions conditions{.if_match = if_match,
                                  .if_none_match = if_none_match,
                                  .if_modified_since = {},
                                  .if_unmodified_since = request.fields.get("if-unmodified-since")};
  const std::string etag = there ? file_etag(there->status) : std::string();
  Validators validators{.etag = etag, .modified = std::nullopt, .exists = there.has_value()};
  if (there) {
    validators.modified =
        std::chrono::sys_seconds(std::chrono::seconds(there->status.st_mtim.tv_sec));
  }
  return judge_conditions(conditions, validators, false, now) == ConditionVerdict::proceed;
}

// The files of one form, stored as they come.
class FormFiles {
 public:
  FormFiles(std::shared_ptr<const HttpFile> folder, bool dotfiles)
      : folder_(std::move(folder)), dotfiles_(dotfiles) {}

  // An answer when there is nothing more to be done. Off the loop: it writes.
  std::optional<HttpResponse> take(MultipartReader& reader, std::string_view piece,
                                   std::uint64_t chance) {
    auto bytes = std::as_bytes(std::span(piece));
    for (;;) {
      const auto event = reader.next(bytes);
      if (!event) return body_error(event.error());
      if (*event == MultipartEvent::need_more || *event == MultipartEvent::end) return std::nullopt;
      if (auto answer = handle(*event, reader, chance)) return answer;
    }
  }
  std::size_t stored() const { return stored_; }

 private:
  std::optional<HttpResponse> handle(MultipartEvent event, MultipartReader& reader,
                                     std::uint64_t chance) {
    if (event == MultipartEvent::part_begin) {
      const auto& name = reader.part().disposition.filename;
      if (!name || name->empty()) return std::nullopt;  // another field of the form, or no file
      if (!dotfiles_ && is_guarded_path(*name)) {
        return HttpResponse::error(403, "names that begin with a dot are not taken");
      }
      auto begun = StoredUpload::begin(folder_, *name, chance + stored_);
      if (!begun) return storage_error(begun.error());
      file_ = std::move(*begun);
    } else if (event == MultipartEvent::data && file_) {
      const auto written = file_->write(as_text(reader.data()));
      if (!written) return storage_error(written.error());
    } else if (event == MultipartEvent::part_end && file_) {
      const auto finished = file_->finish([](bool taken) { return !taken; });
      file_.reset();
      if (!finished) return storage_error(finished.error());
      if (*finished == StoredUpload::Published::refused) return storage_error(EEXIST);
      ++stored_;
    }
    return std::nullopt;
  }

  std::shared_ptr<const HttpFile> folder_;
  bool dotfiles_;
  std::unique_ptr<StoredUpload> file_;
  std::size_t stored_ = 0;
};

}  // namespace

Result<std::shared_ptr<HttpUploads>> HttpUploads::open(std::shared_ptr<HttpHandler> inner,
                                                       const std::string& folder,
                                                       HttpUploadOptions options) {
  const int descriptor = ::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return Error::from_errno(errno, "take uploads into").about(folder);
  return std::shared_ptr<HttpUploads>(
      new HttpUploads(std::move(inner), std::make_shared<HttpFile>(descriptor), options));
}

std::optional<HttpResponse> HttpUploads::answer_now(HttpRequest& request) {
  if (request.is("PUT") || request.is("POST")) return std::nullopt;
  return inner_->answer_now(request);
}

Task<HttpResponse> HttpUploads::answer(HttpRequest& request) {
  if (!request.is("PUT") && !request.is("POST")) co_return co_await inner_->answer(request);
  const auto path = decode_path(request.path);
  if (!path) co_return HttpResponse::error(400, why(path.error()));
  if (auto refused = refuse(request, *path)) co_return std::move(*refused);
  if (request.is("PUT")) co_return co_await put(request, path->path);
  co_return co_await post(request, path->path);
}

std::optional<HttpResponse> HttpUploads::refuse(const HttpRequest& request,
                                                const DecodedPath& path) const {
  const std::string_view origin = request.fields.get("origin");
  if (!origin.empty() && !is_own_origin(origin, request.host)) {
    return HttpResponse::error(403, "pages of other origins may not send files here");
  }
  if (!options_.dotfiles && is_guarded_path(path.path)) {
    return HttpResponse::error(403, "names that begin with a dot are not taken");
  }
  // Such files are sent when they are there. Nobody means to make one.
  if (has_control_character(path)) {
    return HttpResponse::error(400, "names with control characters are not taken");
  }
  if (request.fields.has("content-encoding")) {
    HttpResponse response = HttpResponse::error(415, "send it as it is, not packed");
    response.add("Accept-Encoding", "identity");
    return response;
  }
  if (request.fields.has("content-range")) {
    return HttpResponse::error(400, "a part of a file cannot be put");
  }
  if (request.body_bytes && *request.body_bytes > options_.most_bytes) {
    return too_large(options_.most_bytes);
  }
  return std::nullopt;
}

Task<HttpResponse> HttpUploads::put(HttpRequest& request, std::string path) {
  if (path.empty() || request.path.ends_with('/')) {
    co_return HttpResponse::error(409, "a file needs a name: PUT /name");
  }
  const std::string folder = folder_of(path);
  const std::string name = path.substr(folder.empty() ? 0 : folder.size() + 1);
  std::expected<OpenedFile, int> parent, there;
  std::expected<std::unique_ptr<StoredUpload>, int> begun;
  const std::uint64_t chance = Loop::current().random_bits();
  co_await off_loop([&] {
    parent = open_beneath(root_->descriptor(), folder, DiskWait::allowed);
    there = open_beneath(root_->descriptor(), path, DiskWait::allowed);
    if (parent && !parent->is_folder()) parent = std::unexpected(ENOTDIR);
    begun =
        parent ? StoredUpload::begin(parent->file, name, chance) : std::unexpected(parent.error());
  });
  if (there && there->is_folder()) co_return storage_error(EISDIR);
  if (!begun) co_return storage_error(begun.error());
  const auto now = std::chrono::floor<std::chrono::seconds>(Loop::current().wall_clock());
  if (!may_replace(request, there, now)) co_return not_as_expected();
  StoredUpload& file = **begun;
  std::string piece;
  for (;;) {
    const auto got = co_await read_piece(*request.body, piece);
    if (!got) co_return body_error(got.error());
    if (*got == 0) break;
    if (file.bytes() + *got > options_.most_bytes) co_return too_large(options_.most_bytes);
    std::expected<void, int> written;
    co_await off_loop([&] { written = file.write(piece); });
    if (!written) co_return storage_error(written.error());
  }
  // While the body came somebody else may have been faster: the condition is for the moment at
  // which the file changes (RFC 9110 section 13.1.1), and nobody comes between the two.
  const bool only_new = request.fields.all("if-none-match") == "*";
  std::expected<StoredUpload::Published, int> finished;
  co_await off_loop([&] {
    finished = file.finish([&](bool taken) {
      there = open_beneath(root_->descriptor(), path, DiskWait::allowed);
      return may_replace(request, there, now) && !(only_new && taken);
    });
  });
  if (!finished) co_return storage_error(finished.error());
  if (*finished == StoredUpload::Published::refused) co_return not_as_expected();
  if (*finished == StoredUpload::Published::replaced) co_return HttpResponse(204);
  HttpResponse response(201);
  response.add("Location", "/" + encode_path(path));
  response.body = std::string();
  co_return response;
}

Task<HttpResponse> HttpUploads::post(HttpRequest& request, std::string path) {
  const auto boundary = form_boundary(request.fields.get("content-type"));
  if (!boundary) co_return HttpResponse::error(415, "files come as multipart/form-data, or by PUT");
  std::expected<OpenedFile, int> folder;
  co_await off_loop([&] { folder = open_beneath(root_->descriptor(), path, DiskWait::allowed); });
  if (folder && !folder->is_folder()) folder = std::unexpected(ENOTDIR);
  if (!folder) co_return storage_error(folder.error());

  FormFiles files(folder->file, options_.dotfiles);
  MultipartReader reader(*boundary);
  const std::uint64_t chance = Loop::current().random_bits();
  std::string piece;
  for (std::uint64_t bytes = 0;;) {
    const auto got = co_await read_piece(*request.body, piece);
    if (!got) co_return body_error(got.error());
    if (*got == 0) break;
    bytes += *got;
    if (bytes > options_.most_bytes) co_return too_large(options_.most_bytes);
    std::optional<HttpResponse> answer;
    co_await off_loop([&] { answer = files.take(reader, piece, chance); });
    if (answer) co_return std::move(*answer);
  }
  if (const auto ended = reader.finish(); !ended) co_return body_error(ended.error());
  if (files.stored() == 0) co_return HttpResponse::error(400, "there was no file in the form");
  // Back to the folder, so that a reload sends nothing again.
  std::string location = path.empty() ? "/" : "/" + encode_path(path) + "/";
  co_return HttpResponse::redirect(std::move(location), 303);
}

}  // namespace patchbay
