// FolderFormat: how the listing of a folder is written, as a page for people or as JSON. Formats
// append to one string and make no system call.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "patchbay/http/folder_reader.hpp"

namespace patchbay {

enum class FolderSort : std::uint8_t { name, size, time };

struct FolderOrder {
  FolderSort by = FolderSort::name;
  bool descending = false;
  bool operator==(const FolderOrder&) const = default;
};

// "sort=size&order=desc", as the page's own links have it. What is not known is passed over.
FolderOrder parse_folder_order(std::string_view query);

struct FolderHeading {
  std::string path;  // of the URL, decoded: "/" or "/a/b/"
  FolderOrder order = {};
  bool archive = false;  // link to "?archive=tar" and "?archive=zip"
  bool upload = false;   // a form that sends files here: POST, multipart/form-data, field "file"
};

struct FolderRow {
  std::string_view name;  // any bytes but the slash and zero
  FileKind kind = FileKind::file;
  bool has_facts = true;  // false: nobody could say size and time
  std::uint64_t size_bytes = 0;
  std::int64_t modified = 0;  // seconds since 1970, UTC
};

struct FolderTotals {
  std::uint64_t folders = 0;
  std::uint64_t others = 0;  // files and links
  std::uint64_t size_bytes = 0;
  bool complete = true;  // false: there are more, beyond the limit
};

class FolderFormat {
 public:
  virtual ~FolderFormat() = default;
  virtual void begin(std::string& out) = 0;
  virtual void add(std::string& out, const FolderRow& row) = 0;
  virtual void end(std::string& out, const FolderTotals& totals) = 0;
};

enum class FolderForm : std::uint8_t {
  page,  // HTML: one page without a script, an image or a request to anybody
  // {"path":"/a/","entries":[{"name":"b","type":"file","size_bytes":3,"modified":"…"},…],
  // "complete":true}. "type" is file, folder or link; only files have "size_bytes"; "modified" is
  // RFC 3339 in UTC; neither is there where nobody could say. A name that is not UTF-8 has U+FFFD
  // in it, and an "href" with its very bytes.
  json,
};

std::unique_ptr<FolderFormat> make_folder_format(FolderForm form, FolderHeading heading);
// "text/html; charset=utf-8", "application/json".
std::string_view media_type_of(FolderForm form);
// The value of Content-Security-Policy that the page works under: no script, no style but its own,
// no frame around it. Valid for ever.
std::string_view folder_page_policy();

namespace detail {

std::unique_ptr<FolderFormat> folder_page(FolderHeading heading);
std::unique_ptr<FolderFormat> folder_json(FolderHeading heading);

// What the formats share. A name of plain letters needs no escaping anywhere: most do not.
bool is_plain_name(std::string_view name);
void append_number(std::string& out, std::uint64_t value);
// As format_size() writes it, faster.
void append_size(std::string& out, std::uint64_t bytes);
// "2026-11-30" and "02:14:05". Times outside of the years 0 to 9999 become the first or last.
struct DateTime {
  char date[10];
  char clock[8];
};
DateTime utc(std::int64_t seconds);

}  // namespace detail

}  // namespace patchbay
