#include "patchbay/wire/mime_type.hpp"

#include <gtest/gtest.h>

#include <string>

#include "patchbay/wire/mime_types_table.hpp"

namespace patchbay {
namespace {

constexpr std::string_view k_unknown = "application/octet-stream";

TEST(MimeType, KnowsWhatAPageIsMadeOf) {
  EXPECT_EQ(mime_type_of("index.html"), "text/html; charset=utf-8");
  EXPECT_EQ(mime_type_of("style.css"), "text/css; charset=utf-8");
  EXPECT_EQ(mime_type_of("app.mjs"), "text/javascript; charset=utf-8");
  EXPECT_EQ(mime_type_of("app.js.map"), "application/json");
  EXPECT_EQ(mime_type_of("lib.wasm"), "application/wasm");
  EXPECT_EQ(mime_type_of("logo.svg"), "image/svg+xml");
  EXPECT_EQ(mime_type_of("font.woff2"), "font/woff2");
}

TEST(MimeType, KnowsWhatANetworkHostHas) {
  EXPECT_EQ(mime_type_of("trace.pcap"), "application/vnd.tcpdump.pcap");
  EXPECT_EQ(mime_type_of("switch.cfg"), "text/plain; charset=utf-8");
  EXPECT_EQ(mime_type_of("backup.tar.gz"), "application/gzip");
}

TEST(MimeType, FindsEveryRowOfItsTable) {
  for (const auto& row : tables::k_mime_types) {
    EXPECT_EQ(mime_type_of("x." + std::string(row.extension)), row.type);
  }
  EXPECT_GE(tables::k_mime_types.size(), 110U);
}

TEST(MimeType, DoesNotMindTheCase) {
  EXPECT_EQ(mime_type_of("README.TXT"), "text/plain; charset=utf-8");
  EXPECT_EQ(mime_type_of("a.JpEg"), "image/jpeg");
}

TEST(MimeType, LooksBehindTheLastDotOfTheLastSegment) {
  EXPECT_EQ(mime_type_of("folder.html/file"), k_unknown);
  EXPECT_EQ(mime_type_of("folder/file.html"), "text/html; charset=utf-8");
  EXPECT_EQ(mime_type_of("page.html.exe"), "application/vnd.microsoft.portable-executable");
}

TEST(MimeType, IsUnknownWithoutAnExtensionOfTheTable) {
  for (const std::string_view name :
       {"", ".", "..", "html", ".html", "a/.html", "a.", "a.html.", "a.html ", "a.htmlx", "a.htm l",
        "a.zzz", "a.0", "a.\xff", "/"}) {
    EXPECT_EQ(mime_type_of(name), k_unknown) << name;
  }
  EXPECT_EQ(mime_type_of("a." + std::string(100'000, 'x')), k_unknown);
}

}  // namespace
}  // namespace patchbay
