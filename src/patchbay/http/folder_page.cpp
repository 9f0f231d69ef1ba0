// The listing of a folder as a page.
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <span>
#include <string>
#include <utility>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/http/folder_format.hpp"
#include "patchbay/wire/base64.hpp"
#include "patchbay/wire/html.hpp"
#include "patchbay/wire/http_path.hpp"

namespace patchbay {
namespace {

// Columns of numbers do not move when their digits change; a long name breaks anywhere, so the page
// is as wide as the screen, down to 320 pixels, where the time of day and the unit of the heading
// make room for it. A name cannot turn the direction of its neighbours. The titles of the columns
// stay in sight. A file can be dropped on the whole field of the form, which needs no script.
constexpr std::string_view k_style =
    ":root{color-scheme:light dark;--bg:#fff;--fg:#1c2128;--dim:#57606a;--line:#d8dee4;"
    "--link:#0550ae;--row:#f3f5f7}"
    "@media(prefers-color-scheme:dark){:root{--bg:#12161b;--fg:#e1e6eb;--dim:#98a2ad;"
    "--line:#2c333b;--link:#7cb7ff;--row:#1b2027}}"
    "*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:60rem;padding:1.5rem 1rem;background:var(--bg);color:var(--fg);"
    "font:1rem/1.5 system-ui,sans-serif}"
    "h1{font-size:1.25rem;font-weight:600;margin:0 0 1rem;color:var(--dim);overflow-wrap:anywhere}"
    "a{color:var(--link);text-decoration:none}a:hover,a:focus{text-decoration:underline}"
    "[aria-current]{color:var(--fg)}"
    "table{width:100%;border-collapse:collapse}"
    "th,td{padding:.35rem .5rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid var(--line)}"
    "th{font-weight:600;position:sticky;top:0;background:var(--bg);"
    "border:0;box-shadow:inset 0 -1px var(--dim)}"
    "th+th,td+td{padding-left:1.5rem;white-space:nowrap;font-variant-numeric:tabular-nums}"
    "td+td{color:var(--dim)}"
    "th:nth-child(2),td:nth-child(2){text-align:right}"
    "td:first-child{width:100%;overflow-wrap:anywhere}"
    "td a{unicode-bidi:isolate}td a[href$='/']{font-weight:600}"
    "tbody tr:hover{background:var(--row)}"
    "p,small,i{color:var(--dim);font-style:normal}"
    "form{display:flex;flex-wrap:wrap;gap:.5rem;margin:1rem 0}"
    "input,button{font:inherit;border-radius:.4rem;padding:.6rem .8rem}"
    "input{flex:1 1 15rem;min-width:0;border:1px dashed var(--dim);color:var(--dim)}"
    "input:hover{background:var(--row)}"
    "button{flex:none;border:0;background:var(--link);color:var(--bg);font-weight:600;"
    "cursor:pointer}"
    "footer{margin-top:1rem;font-size:.85rem;color:var(--dim)}"
    "@media(max-width:36rem){body{padding:.75rem .5rem}i{display:none}th+th,td+td{"
    "padding-left:.25rem}td+td{font-size:.8rem;line-height:1.5rem}}";

std::string policy_for(std::string_view style) {
  std::array<unsigned char, 32> digest;
  ::EVP_Digest(style.data(), style.size(), digest.data(), nullptr, ::EVP_sha256(), nullptr);
  std::string policy = "default-src 'none'; style-src 'sha256-";
  policy += encode_base64(as_text(std::as_bytes(std::span(digest))));
  policy += "'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
  return policy;
}

void add_name(std::string& out, const FolderRow& row) {
  const std::string_view slash = row.kind == FileKind::folder ? "/" : "";
  if (detail::is_plain_name(row.name)) {
    out.append("<a href=\"").append(row.name).append(slash).append("\">");
    out.append(row.name).append(slash).append("</a>");
    return;
  }
  out.append("<a href=\"").append(encode_path(row.name)).append(slash).append("\">");
  out.append(escape_html(row.name)).append(slash).append("</a>");
}

struct Column {
  std::string_view title;
  std::string_view hint;  // after the title, where there is room
  std::string_view key;
  FolderSort sort;
  bool first_descending;  // the largest and the newest are what people look for
};

constexpr std::array<Column, 3> k_columns = {{
    {"Name", "", "name", FolderSort::name, false},
    {"Size", "", "size", FolderSort::size, true},
    {"Modified", " (UTC)", "time", FolderSort::time, true},
}};

class FolderPage : public FolderFormat {
 public:
  explicit FolderPage(FolderHeading heading) : heading_(std::move(heading)) {}

  void begin(std::string& out) override;
  void add(std::string& out, const FolderRow& row) override;
  void end(std::string& out, const FolderTotals& totals) override;

 private:
  void add_crumbs(std::string& out) const;
  void add_column(std::string& out, const Column& column) const;

  FolderHeading heading_;
};

void FolderPage::begin(std::string& out) {
  const bool is_root = heading_.path.find_first_not_of('/') == heading_.path.npos;
  out +=
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
      // Without it a browser asks for /favicon.ico.
      "<link rel=\"icon\" href=\"data:,\">\n<title>";
  out += escape_html(heading_.path);
  out += "</title>\n<style>";
  out += k_style;
  out += "</style>\n</head>\n<body>\n<main>\n";
  add_crumbs(out);
  if (heading_.archive) {
    out +=
        "<p>Download all of it: <a href=\"?archive=zip\">zip</a> \u00b7 "
        "<a href=\"?archive=tar\">tar</a></p>\n";
  }
  if (heading_.upload) {
    out +=
        "<form action=\"./\" method=\"post\" enctype=\"multipart/form-data\">"
        "<input type=\"file\" name=\"file\" aria-label=\"Files to upload\" multiple required> "
        "<button>Upload</button></form>\n";
  }
  out += "<table>\n<thead><tr>";
  for (const Column& column : k_columns) add_column(out, column);
  out += "</tr></thead>\n<tbody>\n";
  if (!is_root) out += "<tr><td><a href=\"../\">..</a><td><td>\n";
}

// Relative links: they lead to the right place behind a proxy too that puts the pages elsewhere.
void FolderPage::add_crumbs(std::string& out) const {
  std::string_view rest = heading_.path;
  while (rest.starts_with('/')) rest.remove_prefix(1);
  while (rest.ends_with('/')) rest.remove_suffix(1);
  std::size_t above = rest.empty() ? 0 : 1;
  for (const char c : rest) above += c == '/' ? 1 : 0;
  const auto open_link = [&] {
    out += "<a href=\"";
    if (above == 0) out += "./";
    for (std::size_t i = 0; i < above; ++i) out += "../";
    out += above == 0 ? "\" aria-current=\"page\">" : "\">";
  };
  out += "<nav aria-label=\"Path\"><h1>";
  open_link();
  out += "/</a>";
  while (!rest.empty()) {
    --above;
    const std::size_t slash = std::min(rest.find('/'), rest.size());
    out += ' ';
    open_link();
    out += escape_html(rest.substr(0, slash));
    out += "</a> /";
    rest.remove_prefix(std::min(slash + 1, rest.size()));
  }
  out += "</h1></nav>\n";
}

void FolderPage::add_column(std::string& out, const Column& column) const {
  const bool is_sorted = heading_.order.by == column.sort;
  const bool descending = heading_.order.descending;
  out += "<th scope=\"col\"";
  if (is_sorted) out += descending ? " aria-sort=\"descending\"" : " aria-sort=\"ascending\"";
  out += "><a href=\"?sort=";
  out += column.key;
  out += (is_sorted ? !descending : column.first_descending) ? "&amp;order=desc" : "&amp;order=asc";
  out += "\">";
  out += column.title;
  out += "</a>";
  if (!column.hint.empty()) {
    out += "<i>";
    out += column.hint;
    out += "</i>";
  }
  if (is_sorted) out += descending ? "&nbsp;\u2193" : "&nbsp;\u2191";
  out += "</th>";
}

void FolderPage::add(std::string& out, const FolderRow& row) {
  out += "<tr><td>";
  add_name(out, row);
  if (row.kind == FileKind::link) out += " <small>link</small>";
  out += "<td>";
  if (row.has_facts && row.kind == FileKind::file) detail::append_size(out, row.size_bytes);
  out += "<td>";
  if (row.has_facts) {
    const auto time = detail::utc(row.modified);
    out.append(time.date, sizeof time.date);
    out += "<i> ";
    out.append(time.clock, 5);
    out += "</i>";
  }
  out += '\n';
}

void FolderPage::end(std::string& out, const FolderTotals& totals) {
  out += "</tbody>\n</table>\n";
  if (totals.folders + totals.others == 0) out += "<p>There is nothing in this folder.</p>\n";
  if (!totals.complete) {
    out += "<p><strong>There is more in this folder than is shown: the list ends after ";
    out += format_count(totals.folders + totals.others, "name");
    out += ".</strong></p>\n";
  }
  out += "</main>\n<footer>";
  out += format_count(totals.folders, "folder");
  out += " \u00b7 ";
  out += format_count(totals.others, "file");
  out += " \u00b7 ";
  detail::append_size(out, totals.size_bytes);
  out += " \u00b7 Patchbay</footer>\n</body>\n</html>\n";
}

}  // namespace

std::string_view folder_page_policy() {
  static const std::string policy = policy_for(k_style);
  return policy;
}

std::unique_ptr<FolderFormat> detail::folder_page(FolderHeading heading) {
  return std::make_unique<FolderPage>(std::move(heading));
}

}  // namespace patchbay
