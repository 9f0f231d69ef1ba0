// The listing of a folder as JSON.
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/http/folder_format.hpp"
#include "patchbay/wire/http_path.hpp"

namespace patchbay {
namespace {

std::string_view type_of(FileKind kind) {
  switch (kind) {
    case FileKind::folder: return "folder";
    case FileKind::link: return "link";
    case FileKind::special: return "special";
    case FileKind::file:
    case FileKind::unknown: break;
  }
  return "file";
}

class FolderJson : public FolderFormat {
 public:
  explicit FolderJson(FolderHeading heading) : heading_(std::move(heading)) {}

  void begin(std::string& out) override {
    out += "{\"path\":";
    out += json_string(heading_.path);
    out += ",\"entries\":[";
  }

  void add(std::string& out, const FolderRow& row) override {
    out += is_first_ ? "\n{\"name\":\"" : ",\n{\"name\":\"";
    is_first_ = false;
    const bool is_plain = detail::is_plain_name(row.name);
    if (is_plain) {
      out += row.name;
    } else {
      out += escape_json(row.name);
    }
    out += "\",\"type\":\"";
    out += type_of(row.kind);
    out += '"';
    if (!is_plain && !is_valid_utf8(row.name)) {
      out += ",\"href\":\"";
      out += encode_path(row.name);
      out += row.kind == FileKind::folder ? "/\"" : "\"";
    }
    if (row.has_facts) add_facts(out, row);
    out += '}';
  }

  void end(std::string& out, const FolderTotals& totals) override {
    out += totals.complete ? "\n],\"complete\":true}\n" : "\n],\"complete\":false}\n";
  }

 private:
  static void add_facts(std::string& out, const FolderRow& row) {
    if (row.kind == FileKind::file) {
      out += ",\"size_bytes\":";
      detail::append_number(out, row.size_bytes);
    }
    const auto time = detail::utc(row.modified);
    out += ",\"modified\":\"";
    out.append(time.date, sizeof time.date);
    out += 'T';
    out.append(time.clock, sizeof time.clock);
    out += "Z\"";
  }

  FolderHeading heading_;
  bool is_first_ = true;
};

}  // namespace

std::unique_ptr<FolderFormat> detail::folder_json(FolderHeading heading) {
  return std::make_unique<FolderJson>(std::move(heading));
}

}  // namespace patchbay
