#include "patchbay/http/static_file.hpp"

#include <fmt/format.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "patchbay/http/compressed_source.hpp"
#include "patchbay/wire/http_date.hpp"
#include "patchbay/wire/mime_type.hpp"

namespace patchbay {

namespace {

constexpr std::uint64_t k_least_to_compress = 512;
constexpr std::uint64_t k_most_to_compress = 4 * 1024 * 1024;

struct Sidecar {
  ContentCoding coding;
  const char* ending;
};
constexpr Sidecar k_sidecars[] = {
    {ContentCoding::br, ".br"}, {ContentCoding::zstd, ".zst"}, {ContentCoding::gzip, ".gz"}};

bool is_text_like(std::string_view type) {
  if (type.starts_with("text/")) return true;
  constexpr std::string_view words[] = {"json", "xml", "javascript", "wasm", "yaml", "toml"};
  return std::ranges::any_of(
      words, [type](std::string_view word) { return type.find(word) != std::string_view::npos; });
}

std::string etag_of(const struct stat& status, std::string_view suffix = {}) {
  const auto nanoseconds = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000 +
                           static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
  return fmt::format("\"{:x}-{:x}-{:x}{}\"", nanoseconds, status.st_size, status.st_ino, suffix);
}

HttpFieldList fields_of(const StaticFile& file, const Representation& form) {
  HttpFieldList fields;
  fields.emplace_back("Content-Type", file.type);
  if (form.coding == ContentCoding::identity) {
    fields.emplace_back("Accept-Ranges", "bytes");
  } else {
    fields.emplace_back("Content-Encoding", name_of(form.coding));
  }
  fields.emplace_back("Last-Modified", format_http_date(*file.modified));
  fields.emplace_back("ETag", form.etag);
  if (file.compresses) fields.emplace_back("Vary", "Accept-Encoding");
  fields.emplace_back("X-Content-Type-Options", "nosniff");
  return fields;
}

std::expected<std::string, int> read_content(int descriptor, std::size_t size, DiskWait wait) {
  std::string content(size, '\0');
  for (std::size_t done = 0; done < size;) {
    const iovec memory = {content.data() + done, size - done};
    ssize_t got = ::preadv2(descriptor, &memory, 1, static_cast<off_t>(done),
                            wait == DiskWait::cached ? RWF_NOWAIT : 0);
    if (got < 0 && errno == EOPNOTSUPP) {
      got = ::pread(descriptor, content.data() + done, size - done, static_cast<off_t>(done));
    }
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::unexpected(errno);
    if (got == 0) return std::unexpected(EAGAIN);  // it became shorter: look again
    done += static_cast<std::size_t>(got);
  }
  return content;
}

bool is_unchanged(const struct stat& a, const struct stat& b) {
  return a.st_ino == b.st_ino && a.st_dev == b.st_dev && a.st_size == b.st_size &&
         a.st_mtim.tv_sec == b.st_mtim.tv_sec && a.st_mtim.tv_nsec == b.st_mtim.tv_nsec;
}

// Fills in what a form of the file is sent from.
std::expected<void, int> fill(Representation& form, const StaticFile& file, OpenedFile opened,
                              std::size_t most_in_memory, DiskWait wait) {
  form.size = static_cast<std::uint64_t>(opened.status.st_size);
  form.etag = etag_of(opened.status);
  form.fields = fields_of(file, form);
  form.file = std::move(opened.file);
  if (form.size > most_in_memory) return {};
  const int descriptor = form.file->descriptor();
  auto content = read_content(descriptor, form.size, wait);
  if (!content) return std::unexpected(content.error());
  struct stat after;
  if (::fstat(descriptor, &after) != 0) return std::unexpected(errno);
  if (!is_unchanged(opened.status, after)) return std::unexpected(EAGAIN);
  form.whole = HttpPrepared::make(200, form.fields, std::move(*content));
  form.file.reset();
  return {};
}

// Fails where it would have to wait only to learn whether there is one: "none" is kept for a while.
std::expected<void, int> look_for_sidecars(const StaticPlace& place, StaticFile& file,
                                           const StaticFileOptions& options, DiskWait wait) {
  const auto would_wait = [wait](int code) { return wait == DiskWait::cached && code == EAGAIN; };
  for (const auto& [coding, ending] : k_sidecars) {
    auto opened = open_beneath(place.root, place.path + ending, wait);
    if (!opened && would_wait(opened.error())) return std::unexpected(EAGAIN);
    if (!opened || !opened->is_regular()) continue;
    if (opened->status.st_mtim.tv_sec < file.status.st_mtim.tv_sec)
      continue;  // of a former content
    Representation form{.coding = coding};
    const auto filled = fill(form, file, std::move(*opened), options.most_in_memory, wait);
    if (!filled && would_wait(filled.error())) return std::unexpected(EAGAIN);
    if (filled) file.coded_as(coding) = std::move(form);
  }
  return {};
}

}  // namespace

std::string file_etag(const struct stat& status) { return etag_of(status); }

std::string_view unpacked_name(std::string_view name) {
  for (const Sidecar& sidecar : k_sidecars) {
    const std::string_view ending = sidecar.ending;
    if (name.ends_with(ending)) return name.substr(0, name.size() - ending.size());
  }
  return {};
}

bool StaticFile::is_same(const struct stat& other) const { return is_unchanged(status, other); }

bool StaticFile::is_open() const {
  const auto is_file = [](const auto& form) { return form && form->file != nullptr; };
  return identity.file != nullptr || std::ranges::any_of(coded, is_file);
}

std::size_t StaticFile::memory_bytes() const {
  std::size_t sum = sizeof(StaticFile) + path.size() + (identity.whole ? identity.size : 0);
  for (const auto& form : coded) sum += form && form->whole ? form->size : 0;
  return sum;
}

std::expected<std::shared_ptr<StaticFile>, int> load_static_file(const StaticPlace& place,
                                                                 OpenedFile opened,
                                                                 const StaticFileOptions& options,
                                                                 DiskWait wait) {
  auto file = std::make_shared<StaticFile>();
  file->path = place.path;
  file->status = opened.status;
  file->type = mime_type_of(place.path);
  file->modified = std::min(
      std::chrono::sys_seconds(std::chrono::seconds(opened.status.st_mtim.tv_sec)), place.now);
  const auto size = static_cast<std::uint64_t>(opened.status.st_size);
  const bool packs = is_text_like(file->type);
  file->compresses = packs && (options.precompressed || options.compress);
  const auto filled = fill(file->identity, *file, std::move(opened), options.most_in_memory, wait);
  if (!filled) return std::unexpected(filled.error());
  if (packs && options.precompressed) {
    const auto looked = look_for_sidecars(place, *file, options, wait);
    if (!looked) return std::unexpected(looked.error());
  }
  file->packs_now =
      packs && options.compress && size >= k_least_to_compress && size <= k_most_to_compress;
  return file;
}

std::optional<Representation> pack(const StaticFile& file, ContentCoding coding) {
  std::string read;
  std::string_view content;
  if (file.identity.whole) {
    content = file.identity.whole->body;
  } else {
    auto all =
        read_content(file.identity.file->descriptor(), file.identity.size, DiskWait::allowed);
    if (!all) return std::nullopt;
    read = std::move(*all);
    content = read;
  }
  std::string packed = compress_now(content, coding);
  if (packed.empty() || packed.size() >= content.size()) return std::nullopt;
  Representation form{.coding = coding, .packed_here = true, .size = packed.size()};
  form.etag = etag_of(file.status, fmt::format("-{}", name_of(coding)));
  form.fields = fields_of(file, form);
  form.whole = HttpPrepared::make(200, form.fields, std::move(packed));
  return form;
}

}  // namespace patchbay
