// Packed forms of files, and files that change.
#include <filesystem>

#include "patchbay/http/decompress_fixture.hpp"
#include "patchbay/http/http_tls_fixture.hpp"
#include "patchbay/http/static_site_fixture.hpp"

namespace patchbay {
namespace {

std::string text(std::size_t lines) {
  std::string all;
  for (std::size_t i = 0; i < lines; ++i) all += "line " + std::to_string(i) + " of a text\n";
  return all;
}

std::string accepts(std::string_view codings) {
  return "Accept-Encoding: " + std::string(codings) + "\r\n";
}

// --- packed beforehand ---------------------------------------------------------------------------

TEST(StaticPacked, SendsWhatLiesPackedBesideAFile) {
  StaticSite site;
  site.write("a.txt", "plain");
  site.write("a.txt.gz", "as gzip");
  site.write("a.txt.br", "as brotli");
  site.write("a.txt.zst", "as zstd");
  EXPECT_EQ(site.get("/a.txt").body, "plain");
  const HttpHeardAnswer packed = site.get("/a.txt", accepts("gzip"));
  EXPECT_EQ(packed.body, "as gzip");
  EXPECT_EQ(packed.field("content-encoding"), "gzip");
  EXPECT_EQ(packed.field("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(packed.field("vary"), "Accept-Encoding");
  EXPECT_EQ(packed.field("accept-ranges"), "");
  EXPECT_EQ(site.get("/a.txt", accepts("gzip, br, zstd")).body, "as brotli");
  EXPECT_EQ(site.get("/a.txt", accepts("gzip;q=1, br;q=0.1, zstd;q=0")).body, "as gzip");
  EXPECT_EQ(site.get("/a.txt", accepts("zstd")).body, "as zstd");
  EXPECT_EQ(site.get("/a.txt", accepts("deflate")).body, "plain");
  EXPECT_EQ(site.get("/a.txt", accepts("identity;q=0")).body, "plain");
  EXPECT_EQ(site.get("/a.txt").field("vary"), "Accept-Encoding");
  EXPECT_NE(packed.field("etag"), site.get("/a.txt").field("etag"));
  EXPECT_EQ(site.head("/a.txt", accepts("gzip")).field("content-length"), "7");
  EXPECT_EQ(site.get("/a.txt.gz").body, "as gzip");
}

TEST(StaticPacked, TakesNoFormThatIsOlderThanTheFile) {
  StaticSite site;
  site.write("a.txt", "plain");
  site.write("a.txt.gz", "of a former content", k_file_time - 1);
  EXPECT_EQ(site.get("/a.txt", accepts("gzip")).body, "plain");
  EXPECT_EQ(site.get("/a.txt", accepts("gzip")).field("content-encoding"), "");
  site.options.files.precompressed = false;
  site.set_time("a.txt.gz", k_file_time);
  EXPECT_EQ(site.get("/a.txt", accepts("gzip")).body, "plain");
}

TEST(StaticPacked, SendsPartsOfTheFileAsItIs) {
  StaticSite site;
  site.write("a.txt", "plain");
  site.write("a.txt.gz", "as gzip");
  const HttpHeardAnswer part = site.get("/a.txt", accepts("gzip") + "Range: bytes=0-1\r\n");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "pl");
  EXPECT_EQ(part.field("content-encoding"), "");
}

TEST(StaticPacked, KnowsEachFormByItsOwnTag) {
  StaticSite site;
  site.write("a.txt", text(100));
  site.write("a.txt.br", "as brotli");
  const std::string plain = site.get("/a.txt").field("etag");
  const std::string br = site.get("/a.txt", accepts("br")).field("etag");
  const std::string gzip = site.get("/a.txt", accepts("gzip")).field("etag");
  EXPECT_NE(plain, br);
  EXPECT_NE(plain, gzip);
  EXPECT_NE(br, gzip);
  const auto status = [&](std::string_view codings, const std::string& tag) {
    return site.status("/a.txt", accepts(codings) + "If-None-Match: " + tag + "\r\n");
  };
  EXPECT_EQ(status("br", br), 304);
  EXPECT_EQ(status("br", plain), 200);
  EXPECT_EQ(status("gzip", gzip), 304);
  EXPECT_EQ(status("gzip", br), 200);
}

// --- packed when it is asked for -----------------------------------------------------------------

TEST(StaticPacked, PacksTextsWhenTheyAreAskedFor) {
  StaticSite site;
  const std::string content = text(1000);
  site.write("a.txt", content);
  for (const ContentCoding coding : {ContentCoding::gzip, ContentCoding::br, ContentCoding::zstd}) {
    const HttpHeardAnswer answer = site.get("/a.txt", accepts(name_of(coding)));
    EXPECT_EQ(answer.field("content-encoding"), name_of(coding));
    EXPECT_EQ(answer.field("vary"), "Accept-Encoding");
    EXPECT_LT(answer.body.size(), content.size() / 2);
    EXPECT_EQ(decompress(answer.body, coding).text, content);
  }
}

TEST(StaticPacked, PacksOnceAndKeepsIt) {
  StaticSite site;
  site.write("a.txt", text(1000));
  const std::string request = get_of("/a.txt", accepts("gzip"));
  const HttpHeard heard =
      site.hear({{.bytes = request + request + get_of("/a.txt"), .ends = true}});
  ASSERT_EQ(heard.answers().size(), 3U);
  EXPECT_EQ(heard.answers()[0].body, heard.answers()[1].body);
  EXPECT_EQ(heard.answers()[0].field("etag"), heard.answers()[1].field("etag"));
  EXPECT_EQ(heard.answers()[2].body, text(1000));
}

TEST(StaticPacked, PacksNothingThatIsNotWorthIt) {
  StaticSite site;
  site.write("short.txt", "short");
  site.write("a.png", text(1000));
  site.write("huge.txt", std::string(5'000'000, 'x'));
  std::string noise(4000, '\0');
  Chance chance(1);
  for (char& byte : noise) byte = static_cast<char>(chance.bits());
  site.write("noise.txt", noise);
  for (const char* path : {"/short.txt", "/a.png", "/huge.txt", "/noise.txt"}) {
    EXPECT_EQ(site.get(path, accepts("gzip, br")).field("content-encoding"), "") << path;
  }
  EXPECT_EQ(site.get("/a.png").field("vary"), "");
  site.options.files.compress = false;
  site.write("a.txt", text(1000));
  EXPECT_EQ(site.get("/a.txt", accepts("gzip")).field("content-encoding"), "");
}

// --- files that change ---------------------------------------------------------------------------

TEST(StaticCache, LooksAtAFileAgainAfterASecond) {
  StaticSite site;
  site.write("a.txt", "old");
  const HttpHeard heard =
      site.hear({{.bytes = get_of("/a.txt")},
                 {.bytes = get_of("/a.txt"),
                  .after = 500ms,
                  .meanwhile = [&site] { site.write("a.txt", "new!", k_file_time + 5); }},
                 {.bytes = get_of("/a.txt"), .after = 600ms, .ends = true}});
  const auto answers = heard.answers();
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_EQ(answers[0].body, "old");
  EXPECT_EQ(answers[1].body, "old");  // nobody has looked
  EXPECT_EQ(answers[2].body, "new!");
  EXPECT_EQ(answers[2].field("last-modified"), "Tue, 14 Nov 2023 22:13:25 GMT");
  EXPECT_NE(answers[2].field("etag"), answers[0].field("etag"));
}

TEST(StaticCache, NoticesWhatCameAndWent) {
  StaticSite site;
  site.write("a.txt", "a");
  const HttpHeard heard =
      site.hear({{.bytes = get_of("/a.txt") + get_of("/b.txt")},
                 {.bytes = get_of("/a.txt") + get_of("/b.txt"),
                  .after = 2s,
                  .meanwhile =
                      [&site] {
                        std::filesystem::rename(site.files.path("a.txt"), site.files.path("b.txt"));
                      },
                  .ends = true}});
  EXPECT_EQ(heard.statuses(), (std::vector{200, 404, 404, 200}));
}

TEST(StaticCache, NoticesAFormThatWasPackedLater) {
  StaticSite site;
  site.write("a.txt", "plain");
  const HttpHeard heard = site.hear({{.bytes = get_of("/a.txt", accepts("br"))},
                                     {.bytes = get_of("/a.txt", accepts("br")),
                                      .after = 11s,
                                      .meanwhile = [&site] { site.write("a.txt.br", "as brotli"); },
                                      .ends = true}});
  ASSERT_EQ(heard.answers().size(), 2U);
  EXPECT_EQ(heard.answers()[1].body, "as brotli");
}

// What is sent while its file changes is as long as was said, or is cut.
TEST(StaticCache, SendsAFileThatGrowsAsLongAsItWas) {
  StaticSite site;
  site.write("a.bin", sim::pattern(3'000'000));
  const HttpHeard heard =
      site.hear({{.bytes = get_of("/a.bin")},
                 {.bytes = "",
                  .after = 5ms,
                  .meanwhile = [&site] { site.write("a.bin", sim::pattern(4'000'000)); }},
                 {.bytes = get_of("/a.bin"), .after = 5s, .ends = true}});
  const auto answers = heard.answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].body, sim::pattern(3'000'000));
  EXPECT_EQ(answers[1].body, sim::pattern(4'000'000));
}

TEST(StaticCache, CutsAnAnswerWhoseFileShrinks) {
  StaticSite site;
  site.write("a.bin", sim::pattern(3'000'000));
  const HttpHeard heard = site.hear({{.bytes = get_of("/a.bin") + get_of("/a.bin")},
                                     {.bytes = "", .after = 3ms, .meanwhile = [&site] {
                                        std::filesystem::resize_file(site.files.path("a.bin"), 100);
                                      }}});
  ASSERT_EQ(heard.answers().size(), 1U);
  EXPECT_FALSE(heard.only().whole);
  EXPECT_LT(heard.ended, 5s);
}

// Over TLS it is read, not sent by the kernel; of several parts the last is missing.
TEST(StaticCache, CutsAnAnswerWhoseFileShrinksHoweverItIsSent) {
  for (const bool secure : {false, true}) {
    for (const char* const lines :
         {"", "Range: bytes=1000-\r\n", "Range: bytes=0-1999999,2500000-2999999\r\n"}) {
      SCOPED_TRACE(std::string(secure ? "https " : "http ") + lines);
      StaticSite site;
      site.write("a.bin", sim::pattern(3'000'000));
      const auto folder = site.open();
      OwnCertificate certificate;
      HttpWorld it(*folder, {.tls = secure ? &certificate : nullptr});
      const HttpHeard heard =
          it.hear({{.bytes = get_of("/a.bin", lines) + get_of("/a.bin")},
                   {.bytes = "", .after = 3ms, .meanwhile = [&site] {
                      std::filesystem::resize_file(site.files.path("a.bin"), 100'000);
                    }}});
      ASSERT_EQ(heard.answers().size(), 1U);
      EXPECT_FALSE(heard.answers()[0].whole);
      EXPECT_TRUE(heard.answers()[0].status == (*lines == '\0' ? 200 : 206));
      EXPECT_LT(heard.ended, 5s);
      ASSERT_EQ(it.log.lines.size(), 1U);
      EXPECT_FALSE(it.log.lines[0].answer.complete);
    }
  }
}

TEST(StaticCache, SendsAFileThatIsReplacedAsItWas) {
  StaticSite site;
  site.write("a.bin", sim::pattern(3'000'000));
  site.write("b.bin", sim::pattern(3'000'000, 7));
  const HttpHeard heard =
      site.hear({{.bytes = get_of("/a.bin")},
                 {.bytes = "",
                  .after = 3ms,
                  .meanwhile =
                      [&site] {
                        std::filesystem::rename(site.files.path("b.bin"), site.files.path("a.bin"));
                      }},
                 {.bytes = get_of("/a.bin"), .after = 5s, .ends = true}});
  const auto answers = heard.answers();
  ASSERT_EQ(answers.size(), 2U);
  EXPECT_EQ(answers[0].body, sim::pattern(3'000'000));
  EXPECT_EQ(answers[1].body, sim::pattern(3'000'000, 7));
}

}  // namespace
}  // namespace patchbay
