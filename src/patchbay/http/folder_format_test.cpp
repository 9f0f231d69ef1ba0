#include "patchbay/http/folder_format.hpp"

#include <gtest/gtest.h>
#include <openssl/evp.h>

#include <array>
#include <nlohmann/json.hpp>
#include <span>

#include "patchbay/base/text.hpp"
#include "patchbay/base/units.hpp"
#include "patchbay/wire/base64.hpp"

namespace patchbay {
namespace {

using Json = nlohmann::json;

std::string written(FolderForm form, FolderHeading heading, std::span<const FolderRow> rows,
                    FolderTotals totals = {}) {
  std::string out;
  const auto format = make_folder_format(form, std::move(heading));
  format->begin(out);
  for (const FolderRow& row : rows) format->add(out, row);
  format->end(out, totals);
  return out;
}

std::string page_of(FolderHeading heading, std::vector<FolderRow> rows = {},
                    FolderTotals totals = {}) {
  return written(FolderForm::page, std::move(heading), rows, totals);
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != text.npos; }

TEST(FolderOrder, IsReadFromTheQuery) {
  EXPECT_EQ(parse_folder_order(""), FolderOrder{});
  EXPECT_EQ(parse_folder_order("sort=size&order=desc"),
            (FolderOrder{.by = FolderSort::size, .descending = true}));
  EXPECT_EQ(parse_folder_order("a=b&order=desc&&sort=time&x"),
            (FolderOrder{.by = FolderSort::time, .descending = true}));
  EXPECT_EQ(parse_folder_order("sort=size&sort=name&order=desc&order=asc"), FolderOrder{});
  EXPECT_EQ(parse_folder_order("sort=&order=DESC&sort=date&&&"), FolderOrder{});
}

TEST(FolderFormat, WritesSizesAsTheyAreWrittenElsewhere) {
  const auto check = [](std::uint64_t bytes) {
    std::string text;
    detail::append_size(text, bytes);
    EXPECT_EQ(text, format_size(bytes)) << bytes;
  };
  for (std::uint64_t bytes = 0; bytes < 20'000; ++bytes) check(bytes);
  for (unsigned shift = 0; shift < 60; ++shift) {
    const std::uint64_t unit = std::uint64_t{1} << shift;
    for (std::uint64_t part = 0; part < 200; ++part) {
      check(unit + unit / 200 * part);
      check(unit / 1000 * (5 * part + 1));
      check(unit + part);
      check(unit - part % (unit / 2 + 1));
    }
  }
  check(std::uint64_t{1} << 62);
  check(~std::uint64_t{0});
}

TEST(FolderFormat, WritesTimesOfAnyFileSystem) {
  const auto text = [](std::int64_t seconds) {
    const auto time = detail::utc(seconds);
    return std::string(time.date, 10) + ' ' + std::string(time.clock, 8);
  };
  EXPECT_EQ(text(0), "1970-01-01 00:00:00");
  EXPECT_EQ(text(784111777), "1994-11-06 08:49:37");
  EXPECT_EQ(text(951782400), "2000-02-29 00:00:00");
  EXPECT_EQ(text(-1), "1969-12-31 23:59:59");
  EXPECT_EQ(text(253'402'300'799), "9999-12-31 23:59:59");
  EXPECT_EQ(text(std::numeric_limits<std::int64_t>::max()), "9999-12-31 23:59:59");
  EXPECT_EQ(text(std::numeric_limits<std::int64_t>::min()), "0000-01-01 00:00:00");
}

TEST(FolderPage, ShowsNameSizeAndTime) {
  const std::string page =
      page_of({.path = "/a/"}, {{.name = "sub", .kind = FileKind::folder, .modified = 784111777},
                                {.name = "file.txt", .size_bytes = 1536},
                                {.name = "to", .kind = FileKind::link},
                                {.name = "who", .has_facts = false}});
  EXPECT_TRUE(has(page, "<tr><td><a href=\"sub/\">sub/</a><td><td>1994-11-06<i> 08:49</i>\n"));
  EXPECT_TRUE(has(page, "<tr><td><a href=\"file.txt\">file.txt</a><td>1.5 KiB<td>1970-01-01"));
  EXPECT_TRUE(has(page, "<a href=\"to\">to</a> <small>link</small><td><td>1970-01-01"));
  EXPECT_TRUE(has(page, "<a href=\"who\">who</a><td><td>\n"));
}

TEST(FolderPage, EscapesWhateverANameIs) {
  const std::string page = page_of({.path = "/<b>\"&'/"}, {{.name = "<script>alert(1)</script>"},
                                                           {.name = "a\" onmouseover=\"x"},
                                                           {.name = "a'&amp;b"},
                                                           {.name = "line\nbreak"},
                                                           {.name = "\xe2\x80\xaetxt.exe"},
                                                           {.name = "bad\xff\xfe"},
                                                           {.name = "javascript:alert(1)"},
                                                           {.name = "?query#fragment%2e"},
                                                           {.name = "\xc3\xbc"}});
  EXPECT_FALSE(has(page, "<script"));
  EXPECT_FALSE(has(page, "<b>"));
  EXPECT_FALSE(has(page, "onmouseover=\""));
  EXPECT_FALSE(has(page, "\xe2\x80\xae"));
  EXPECT_TRUE(is_valid_utf8(page));
  EXPECT_TRUE(has(page, "<title>/&lt;b&gt;&quot;&amp;&#39;/</title>"));
  EXPECT_TRUE(has(page, "href=\"%3Cscript%3Ealert%281%29%3C/script%3E\""));
  EXPECT_TRUE(has(page, "href=\"a%22%20onmouseover%3D%22x\""));
  EXPECT_TRUE(has(page, ">a&#39;&amp;amp;b</a>"));
  EXPECT_TRUE(has(page,
                  "<tr><td><a href=\"line%0Abreak\">line\xef\xbf\xbd"
                  "break</a><td>"));
  EXPECT_TRUE(has(page, "href=\"%E2%80%AEtxt.exe\""));
  EXPECT_TRUE(has(page, "href=\"bad%FF%FE\""));
  EXPECT_TRUE(has(page, "href=\"javascript%3Aalert%281%29\""));
  EXPECT_TRUE(has(page, "href=\"%3Fquery%23fragment%252e\""));
  EXPECT_TRUE(has(page, "<a href=\"%C3%BC\">\xc3\xbc</a>"));
}

TEST(FolderPage, LeadsToEachFolderAbove) {
  const std::string page = page_of({.path = "/a/b c/d/"});
  EXPECT_TRUE(has(page,
                  "<a href=\"../../../\">/</a> <a href=\"../../\">a</a> / "
                  "<a href=\"../\">b c</a> / "
                  "<a href=\"./\" aria-current=\"page\">d</a> /"));
  EXPECT_TRUE(has(page, "<tr><td><a href=\"../\">..</a>"));
  const std::string root = page_of({.path = "/"});
  EXPECT_TRUE(has(root, "<a href=\"./\" aria-current=\"page\">/</a></h1>"));
  EXPECT_FALSE(has(root, "../"));
}

TEST(FolderPage, SortsByLinks) {
  const std::string by_name = page_of({.path = "/"});
  EXPECT_TRUE(has(by_name, "aria-sort=\"ascending\"><a href=\"?sort=name&amp;order=desc\">"));
  EXPECT_TRUE(has(by_name, "<th scope=\"col\"><a href=\"?sort=size&amp;order=desc\">"));
  const std::string by_size =
      page_of({.path = "/", .order = {.by = FolderSort::size, .descending = true}});
  EXPECT_TRUE(has(by_size, "aria-sort=\"descending\"><a href=\"?sort=size&amp;order=asc\">"));
  EXPECT_TRUE(has(by_size, "<th scope=\"col\"><a href=\"?sort=name&amp;order=asc\">"));
  EXPECT_TRUE(has(by_size, "<th scope=\"col\"><a href=\"?sort=time&amp;order=desc\">"));
}

TEST(FolderPage, OffersArchivesAndUploadsOnlyWhereTheyAre) {
  const std::string without = page_of({.path = "/"});
  EXPECT_FALSE(has(without, "archive="));
  EXPECT_FALSE(has(without, "<form"));
  const std::string with = page_of({.path = "/", .archive = true, .upload = true});
  EXPECT_TRUE(has(with, "href=\"?archive=zip\""));
  EXPECT_TRUE(has(with, "href=\"?archive=tar\""));
  EXPECT_TRUE(has(with, "method=\"post\" enctype=\"multipart/form-data\""));
}

TEST(FolderPage, SaysWhatThereIsAndWhatIsMissing) {
  const std::string page = page_of(
      {.path = "/"}, {}, {.folders = 1, .others = 2, .size_bytes = 2048, .complete = false});
  EXPECT_TRUE(has(page, "1 folder \u00b7 2 files \u00b7 2 KiB"));
  EXPECT_TRUE(has(page, "the list ends after 3 names"));
  EXPECT_FALSE(has(page, "There is nothing"));
  const std::string empty = page_of({.path = "/"});
  EXPECT_TRUE(has(empty, "There is nothing in this folder."));
  EXPECT_FALSE(has(empty, "the list ends"));
}

TEST(FolderPage, WorksUnderItsPolicy) {
  const std::string page =
      page_of({.path = "/a/", .archive = true, .upload = true}, {{.name = "b"}});
  const std::size_t begin = page.find("<style>") + 7;
  const std::string_view style =
      std::string_view(page).substr(begin, page.find("</style>") - begin);
  std::array<unsigned char, 32> digest;
  ::EVP_Digest(style.data(), style.size(), digest.data(), nullptr, ::EVP_sha256(), nullptr);
  EXPECT_EQ(folder_page_policy(),
            "default-src 'none'; style-src 'sha256-" +
                encode_base64(as_text(std::as_bytes(std::span(digest)))) +
                "'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
  for (const char* refused : {"<script", " style=", "src=", "http:", "https:", "url(", "@import"}) {
    EXPECT_FALSE(has(page, refused)) << refused;
  }
}

TEST(FolderJson, HasEachEntry) {
  const std::vector<FolderRow> rows = {
      {.name = "sub", .kind = FileKind::folder, .modified = 784111777},
      {.name = "file.txt", .size_bytes = 1536, .modified = 1},
      {.name = "to \"x\"\n", .kind = FileKind::link},
      {.name = "who", .has_facts = false},
      {.name = "bad\xff/"}};
  const auto json = Json::parse(written(FolderForm::json, {.path = "/a \"b\"/"}, rows));
  EXPECT_EQ(json["path"], "/a \"b\"/");
  EXPECT_EQ(json["complete"], true);
  const Json& entries = json["entries"];
  ASSERT_EQ(entries.size(), 5u);
  EXPECT_EQ(entries[0],
            (Json{{"name", "sub"}, {"type", "folder"}, {"modified", "1994-11-06T08:49:37Z"}}));
  EXPECT_EQ(entries[1], (Json{{"name", "file.txt"},
                              {"type", "file"},
                              {"size_bytes", 1536},
                              {"modified", "1970-01-01T00:00:01Z"}}));
  EXPECT_EQ(entries[2]["name"], "to \"x\"\n");
  EXPECT_EQ(entries[2]["type"], "link");
  EXPECT_EQ(entries[3], (Json{{"name", "who"}, {"type", "file"}}));
  EXPECT_EQ(entries[4]["name"], "bad\xef\xbf\xbd/");
  EXPECT_EQ(entries[4]["href"], "bad%FF/");
}

TEST(FolderJson, IsWholeWithoutEntriesAndAtTheLimit) {
  const auto empty = Json::parse(written(FolderForm::json, {.path = "/"}, {}));
  EXPECT_TRUE(empty["entries"].is_array() && empty["entries"].empty());
  const auto cut = Json::parse(written(FolderForm::json, {.path = "/"}, {}, {.complete = false}));
  EXPECT_EQ(cut["complete"], false);
}

}  // namespace
}  // namespace patchbay
